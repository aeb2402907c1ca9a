\echo
\echo 'Airlines: flights, cancelled, late, delays in minutes'
SELECT airline, flights, cancelled, late, average_delay::DECIMAL(6, 1) AS average, worst_delay AS worst
FROM airline_delays ORDER BY flights DESC LIMIT 6;

\echo 'The worst delay of each airport'
SELECT origin, flight_id, delay_minutes, delay_minutes // 60 AS hours FROM worst_delays WHERE place = 1 ORDER BY 1;

\echo 'Minutes made up in the air'
SELECT carrier, flights, minutes_made_up, average::DECIMAL(6, 1) AS per_flight
FROM made_up ORDER BY per_flight DESC LIMIT 4;

\echo 'Who built the planes'
SELECT manufacturer, flights FROM manufacturers ORDER BY flights DESC LIMIT 5;

\echo 'The busiest hours'
SELECT hour, origin, departures FROM departures_per_hour ORDER BY departures DESC, hour, origin LIMIT 4;
