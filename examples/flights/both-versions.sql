\echo
\echo '"Late" in both definitions, over the same log: version 2 from the view, version 1 asked of the log itself'
SELECT v2.airline, v2.flights, v1.late AS late_v1_over_0, v2.late AS late_v2_15_or_more,
       (100.0 * v2.late / v2.flights)::DECIMAL(6, 1) AS percent_v2
FROM airline_delays v2
JOIN (SELECT a.name AS airline, count(*) FILTER (WHERE d.delay_minutes > 0) AS late
      FROM departures d JOIN airlines a USING (carrier) GROUP BY a.name) v1 USING (airline)
ORDER BY v2.flights DESC LIMIT 8;
