-- Five views, each answering from now on for everything that the log holds.

-- Departures joined with airlines. "Late" here is: left after its scheduled time.
CREATE MATERIALIZED VIEW airline_delays AS
SELECT a.name AS airline,
       count(*) AS flights,
       count(*) FILTER (WHERE d.departed IS NULL) AS cancelled,
       count(*) FILTER (WHERE d.delay_minutes > 0) AS late,
       avg(d.delay_minutes) AS average_delay,
       max(d.delay_minutes) AS worst_delay
FROM departures d JOIN airlines a USING (carrier)
GROUP BY a.name;

-- The ten worst delays of each airport.
CREATE MATERIALIZED VIEW worst_delays AS
SELECT origin, place, flight_id, delay_minutes
FROM (SELECT origin, flight_id, delay_minutes,
             row_number() OVER (PARTITION BY origin ORDER BY delay_minutes DESC NULLS LAST, flight_id) AS place
      FROM departures)
WHERE place <= 10;

-- Two streams joined: what a flight lost at the gate and made up in the air.
CREATE MATERIALIZED VIEW made_up AS
SELECT d.carrier,
       count(*) AS flights,
       sum(d.delay_minutes - r.delay_minutes) AS minutes_made_up,
       avg(d.delay_minutes - r.delay_minutes) AS average
FROM departures d JOIN arrivals r ON d.flight_id = r.flight_id
GROUP BY d.carrier;

-- Departures left-joined with planes: about one flight in six names a plane that nobody registered.
CREATE MATERIALIZED VIEW manufacturers AS
SELECT coalesce(p.manufacturer, 'unknown') AS manufacturer, count(*) AS flights
FROM departures d LEFT JOIN planes p ON d.tailnum = p.tailnum
GROUP BY 1;

-- Departures per hour and airport.
CREATE MATERIALIZED VIEW departures_per_hour AS
SELECT date_trunc('hour', scheduled) AS hour, origin, count(*) AS departures
FROM departures
GROUP BY ALL;
