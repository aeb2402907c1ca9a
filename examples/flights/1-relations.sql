-- The topics' records as rows, and the dimensions as keyed tables. The topics are made with them.

CREATE SOURCE departures (
  flight_id VARCHAR NOT NULL, scheduled TIMESTAMP, departed TIMESTAMP, delay_minutes INTEGER,
  carrier VARCHAR, flight INTEGER, tailnum VARCHAR, origin VARCHAR, dest VARCHAR, distance_miles INTEGER
) WITH (topic = 'departures', partitions = 2) FORMAT PLAIN ENCODE JSON;

CREATE SOURCE arrivals (
  flight_id VARCHAR NOT NULL, arrived TIMESTAMP, delay_minutes INTEGER, air_time_minutes INTEGER,
  origin VARCHAR, dest VARCHAR
) WITH (topic = 'arrivals', partitions = 2) FORMAT PLAIN ENCODE JSON;

CREATE TABLE airlines (carrier VARCHAR PRIMARY KEY, name VARCHAR);

CREATE TABLE planes (
  tailnum VARCHAR PRIMARY KEY, year INTEGER, type VARCHAR, manufacturer VARCHAR, model VARCHAR,
  engines INTEGER, seats INTEGER, engine VARCHAR
);
