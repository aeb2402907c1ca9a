-- The same view with another definition of "late": 15 minutes or more.
CREATE OR REPLACE MATERIALIZED VIEW airline_delays AS
SELECT a.name AS airline,
       count(*) AS flights,
       count(*) FILTER (WHERE d.departed IS NULL) AS cancelled,
       count(*) FILTER (WHERE d.delay_minutes >= 15) AS late,
       avg(d.delay_minutes) AS average_delay,
       max(d.delay_minutes) AS worst_delay
FROM departures d JOIN airlines a USING (carrier)
GROUP BY a.name;
