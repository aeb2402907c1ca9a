#pragma once
// For tests: queries of every kind that a view can have, over the tables of memory_tables.h. Each
// is planned (tests/golden) and maintained through random changes beside DuckDB (circuit_test.cc).
// What SQL leaves open is avoided: orders end in unique columns, sums of doubles are not compared.

namespace kappa::sql::testing {

inline constexpr const char* kViewQueries[] = {
    // filter and project
    "SELECT * FROM orders",
    "SELECT id, amount * 2 AS double_amount FROM orders WHERE amount > 5",
    "SELECT upper(status), amount + 1 FROM orders WHERE status LIKE 'o%' AND amount IS NOT NULL",
    "SELECT id FROM orders WHERE amount BETWEEN 2 AND 6 OR customer IN (1, 2)",
    "SELECT CASE WHEN amount > 5 THEN 'big' WHEN amount > 2 THEN 'small' END FROM orders",
    "SELECT coalesce(status, 'none'), amount % 3 FROM orders WHERE NOT (amount = 4)",
    "SELECT a, b FROM pairs WHERE a IS NOT DISTINCT FROM b",
    "SELECT a + b, a - b FROM pairs WHERE (a, b) <> (1, 2)",
    "SELECT date_trunc('day', placed), extract(hour FROM placed) FROM orders WHERE placed > "
    "TIMESTAMP '2024-01-02'",
    "SELECT price * 3, price::DOUBLE FROM orders WHERE price > 1.5",
    "SELECT [a, b], {'x': a, 'y': b} FROM pairs",
    "SELECT list_transform([a, b], lambda x: x + 1) FROM pairs",
    "SELECT 1 AS one",
    "SELECT 1 AS one WHERE 1 = 2",
    "SELECT * FROM (VALUES (1, 'x'), (2, 'y'), (NULL, 'z')) v(n, s)",
    "SELECT o.id, v.s FROM orders o JOIN (VALUES (1, 'x'), (2, 'y')) v(n, s) ON o.customer = v.n",
    "SELECT a FROM pairs ORDER BY a, b",
    "SELECT value, span FROM events",
    "SELECT a FROM pairs WHERE false",
    "SELECT count(*), sum(a) FROM pairs WHERE 1 = 0",
    "SELECT TRY_CAST(status AS INTEGER), TRY(a // b) FROM orders, pairs WHERE id < 3",
    // aggregates
    "SELECT count(*) FROM orders",
    "SELECT count(*), count(amount), sum(amount), min(amount), max(amount) FROM orders",
    "SELECT customer, count(*), sum(amount), avg(amount) FROM orders GROUP BY customer",
    "SELECT customer, status, min(price), max(placed) FROM orders GROUP BY ALL",
    "SELECT customer, count(DISTINCT status), sum(DISTINCT amount) FROM orders GROUP BY customer",
    "SELECT customer, count(*) FILTER (WHERE amount > 5), sum(amount) FILTER (status = 'open') "
    "FROM "
    "orders GROUP BY customer",
    "SELECT customer, sum(amount) AS total FROM orders GROUP BY customer HAVING sum(amount) > 5",
    "SELECT customer + 1, count(*) FROM orders GROUP BY customer + 1",
    "SELECT customer, string_agg(status, ',' ORDER BY status, id) FROM orders GROUP BY customer",
    "SELECT customer, list(amount ORDER BY id, amount) FROM orders GROUP BY customer",
    "SELECT customer, max(status), min(status) FROM orders GROUP BY customer",
    "SELECT status, sum(price), avg(price) FROM orders GROUP BY status",
    "SELECT bool_and(amount > 2), bool_or(amount > 8), bit_xor(amount) FROM orders",
    "SELECT customer, arg_max(id, (amount, id)) FROM orders GROUP BY customer",
    "SELECT customer, median(amount), quantile_disc(amount, 0.25) FROM orders GROUP BY customer",
    "SELECT count(*) FROM (SELECT customer FROM orders GROUP BY customer)",
    "SELECT n, count(*) FROM (SELECT customer, count(*) AS n FROM orders GROUP BY 1) GROUP BY n",
    "SELECT customer, count(*) FROM orders WHERE amount > 3 GROUP BY customer HAVING count(*) > 1",
    "SELECT kind, sum(value), count(value), min(value) FROM events GROUP BY kind",
    "SELECT max(a) - min(b) FROM pairs",
    "SELECT a, b, count(*) FROM pairs GROUP BY a, b",
    "SELECT a, grouping(a), count(*) FROM pairs GROUP BY ROLLUP (a)",
    "SELECT a, b, grouping(a, b), count(*), sum(b) FROM pairs GROUP BY CUBE (a, b)",
    "SELECT a, b, count(*) FROM pairs GROUP BY GROUPING SETS ((a), (b), ())",
    "SELECT a, b FROM pairs GROUP BY GROUPING SETS ((a), (b))",
    "SELECT a FROM pairs GROUP BY ROLLUP (a)",
    "SELECT customer, sum(amount + 1), sum(amount + 2) FROM orders GROUP BY customer",
    "SELECT histogram(a) FROM pairs",
    "SELECT a, entropy(b) IS NULL FROM pairs GROUP BY a",
    "SELECT stddev_samp(amount) > 1, corr(amount, customer) IS NULL FROM orders",
    "SELECT count(DISTINCT (a, b)) FROM pairs",
    "SELECT a, sum(b) FILTER (b > 1), sum(DISTINCT b) FILTER (b > 1) FROM pairs GROUP BY a",
    "SELECT min(name), max(name) FROM customers",
    "SELECT region, count(*), any_value(region) FROM customers GROUP BY region",
    // distinct
    "SELECT DISTINCT status FROM orders",
    "SELECT DISTINCT customer, status FROM orders WHERE amount > 2",
    "SELECT DISTINCT ON (customer) customer, id, amount FROM orders ORDER BY customer, amount, id, "
    "placed, "
    "price, status",
    "SELECT count(*) FROM (SELECT DISTINCT a, b FROM pairs)",
    "SELECT DISTINCT a FROM pairs UNION ALL SELECT DISTINCT b FROM pairs",
    "SELECT DISTINCT a % 2 FROM pairs",
    // joins
    "SELECT o.id, c.name FROM orders o JOIN customers c ON o.customer = c.id",
    "SELECT o.id, c.name FROM orders o, customers c WHERE o.customer = c.id AND o.amount > 4",
    "SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON o.customer = c.id",
    "SELECT o.id, c.name FROM orders o RIGHT JOIN customers c ON o.customer = c.id",
    "SELECT o.id, c.name FROM orders o FULL JOIN customers c ON o.customer = c.id",
    "SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON o.customer = c.id AND o.amount > 5",
    "SELECT o.id, c.name FROM orders o FULL JOIN customers c ON o.customer = c.id AND c.region = "
    "'eu'",
    "SELECT o.id, p.a FROM orders o JOIN pairs p ON o.amount < p.a",
    "SELECT o.id, p.a FROM orders o LEFT JOIN pairs p ON o.amount < p.a AND o.customer = p.b",
    "SELECT p.a, q.b FROM pairs p JOIN pairs q ON p.b = q.a",
    "SELECT p.a, q.b FROM pairs p JOIN pairs q ON p.b IS NOT DISTINCT FROM q.a",
    "SELECT p.a, q.b FROM pairs p JOIN pairs q ON p.a = q.a AND p.b IS NOT DISTINCT FROM q.b",
    "SELECT p.a, c.name FROM pairs p CROSS JOIN customers c",
    "SELECT p.a, c.name FROM pairs p JOIN customers c ON p.a = c.id OR p.b = c.id",
    "SELECT p.a, c.name FROM pairs p LEFT JOIN customers c ON p.a = c.id OR p.b = c.id",
    "SELECT p.a, c.name FROM pairs p FULL JOIN customers c ON p.a > c.id",
    "SELECT p.a, c.name FROM pairs p LEFT JOIN customers c ON true",
    "SELECT c.name, count(o.id), sum(o.amount) FROM customers c LEFT JOIN orders o ON o.customer = "
    "c.id "
    "GROUP BY c.name",
    "SELECT c.region, o.status, count(*) FROM orders o JOIN customers c ON o.customer = c.id JOIN "
    "pairs p "
    "ON p.a = c.id GROUP BY 1, 2",
    "SELECT * FROM customers c SEMI JOIN orders o ON o.customer = c.id",
    "SELECT * FROM customers c ANTI JOIN orders o ON o.customer = c.id",
    "SELECT * FROM customers JOIN pairs ON customers.id = pairs.a + pairs.b",
    "SELECT * FROM orders JOIN customers USING (id)",
    "SELECT * FROM orders NATURAL JOIN customers",
    "SELECT a.id FROM orders a JOIN orders b ON a.customer = b.customer AND a.amount < b.amount",
    "SELECT l.a, r.a FROM pairs l LEFT JOIN pairs r ON l.a = r.b WHERE r.a IS NULL",
    "SELECT l.a, r.a FROM pairs l LEFT JOIN pairs r ON l.a = r.b WHERE r.a > 1",
    "SELECT c.name, x.total FROM customers c LEFT JOIN (SELECT customer, sum(amount) AS total FROM "
    "orders "
    "GROUP BY customer) x ON x.customer = c.id",
    "SELECT o.id, c.name, p.b FROM orders o LEFT JOIN customers c ON o.customer = c.id LEFT JOIN "
    "pairs p ON "
    "p.a = c.id",
    "SELECT count(*) FROM orders, pairs",
    "SELECT count(*) FROM orders o JOIN customers c ON o.customer = c.id",
    "SELECT e.kind, c.name FROM events e JOIN customers c ON e.value = c.id",
    "SELECT e.kind, f.value FROM events e JOIN events f ON e.value = f.value AND e.kind <> f.kind",
    // subqueries
    "SELECT * FROM customers WHERE id IN (SELECT customer FROM orders)",
    "SELECT * FROM customers WHERE id NOT IN (SELECT customer FROM orders)",
    "SELECT * FROM customers WHERE id NOT IN (SELECT customer FROM orders WHERE customer IS NOT "
    "NULL)",
    "SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)",
    "SELECT * FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id)",
    "SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id AND "
    "o.amount > "
    "c.id)",
    "SELECT a, a IN (SELECT customer FROM orders) FROM pairs",
    "SELECT a, a NOT IN (SELECT b FROM pairs) OR b > 2 FROM pairs",
    "SELECT a, EXISTS (SELECT 1 FROM pairs q WHERE q.a = p.b) FROM pairs p",
    "SELECT a, a IN (SELECT q.b FROM pairs q WHERE q.a = p.b) FROM pairs p",
    "SELECT a FROM pairs p WHERE a NOT IN (SELECT q.b FROM pairs q WHERE q.a = p.b)",
    "SELECT (a, b) IN (SELECT (customer, amount) FROM orders) FROM pairs",
    "SELECT a, b FROM pairs WHERE (a, b) IN (SELECT customer, amount FROM orders)",
    "SELECT a, (a, b) NOT IN (SELECT customer, amount FROM orders) FROM pairs",
    "SELECT id, (SELECT max(amount) FROM orders) FROM customers",
    "SELECT id, (SELECT max(amount) FROM orders o WHERE o.customer = c.id) FROM customers c",
    "SELECT id, (SELECT count(*) FROM orders o WHERE o.customer = c.id) FROM customers c",
    "SELECT * FROM orders WHERE amount > (SELECT avg(amount) FROM orders)",
    "SELECT * FROM orders o WHERE amount = (SELECT max(amount) FROM orders p WHERE p.customer = "
    "o.customer)",
    "SELECT a FROM pairs WHERE a > ALL (SELECT amount FROM orders WHERE customer = 1)",
    "SELECT a FROM pairs WHERE a > ANY (SELECT amount FROM orders WHERE customer = 1)",
    "SELECT a, a >= ALL (SELECT b FROM pairs q WHERE q.a = p.a) FROM pairs p",
    "SELECT c.name, x.n FROM customers c, LATERAL (SELECT count(*) AS n FROM orders o WHERE "
    "o.customer = "
    "c.id) x",
    "SELECT c.name, x.id FROM customers c, LATERAL (SELECT o.id FROM orders o WHERE o.customer = "
    "c.id ORDER "
    "BY o.id, o.amount LIMIT 2) x",
    "SELECT c.id, v.n FROM customers c, LATERAL (VALUES (c.id + 1), (c.id + 2)) v(n)",
    "SELECT ARRAY(SELECT a FROM pairs ORDER BY a) FROM customers",
    // common table expressions and shared parts
    "WITH t AS (SELECT customer, sum(amount) AS s FROM orders GROUP BY customer) SELECT "
    "x.customer, y.s FROM t "
    "x JOIN t y ON x.s = y.s",
    "WITH t AS MATERIALIZED (SELECT a FROM pairs) SELECT * FROM t UNION ALL SELECT a + 1 FROM t",
    "WITH t AS (SELECT a, count(*) AS n FROM pairs GROUP BY a) SELECT * FROM t WHERE n = (SELECT "
    "max(n) FROM t)",
    "SELECT x.n, y.n FROM (SELECT count(*) AS n FROM orders) x, (SELECT count(*) AS n FROM orders) "
    "y",
    // set operations
    "SELECT a FROM pairs UNION ALL SELECT b FROM pairs",
    "SELECT a FROM pairs UNION SELECT b FROM pairs",
    "SELECT a FROM pairs EXCEPT SELECT b FROM pairs",
    "SELECT a FROM pairs EXCEPT ALL SELECT b FROM pairs",
    "SELECT a FROM pairs INTERSECT SELECT b FROM pairs",
    "SELECT a FROM pairs INTERSECT ALL SELECT b FROM pairs",
    "SELECT a, 'p' FROM pairs UNION ALL SELECT id, status FROM orders UNION ALL SELECT id, name "
    "FROM customers",
    "SELECT a FROM pairs UNION ALL BY NAME SELECT id AS b FROM customers",
    "(SELECT a FROM pairs EXCEPT SELECT b FROM pairs) UNION (SELECT id FROM customers)",
    "SELECT a, b FROM pairs EXCEPT SELECT customer, amount FROM orders",
    // top-N
    "SELECT id, amount FROM orders ORDER BY amount DESC NULLS LAST, id, placed, price, status, "
    "customer LIMIT 3",
    "SELECT id FROM orders ORDER BY amount, id LIMIT 2 OFFSET 1",
    "SELECT status, n FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) ORDER BY n "
    "DESC, status "
    "LIMIT 2",
    "SELECT a, b FROM pairs ORDER BY a NULLS FIRST, b DESC NULLS LAST LIMIT 4",
    "SELECT a, b FROM pairs ORDER BY a, b OFFSET 2",
    "SELECT count(*) FROM (SELECT a FROM pairs LIMIT 3)",
    "SELECT * FROM (SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM pairs) "
    "WHERE n <= 2",
    "SELECT * FROM (SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b DESC) AS n FROM "
    "pairs) WHERE n = "
    "1",
    "SELECT a, b FROM pairs QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) < 3",
    "SELECT a, b FROM (SELECT a, b, row_number() OVER (ORDER BY a, b) AS n FROM pairs) WHERE n "
    "BETWEEN 2 AND 4",
    "SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM pairs",
    "SELECT a, b, n FROM (SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM "
    "pairs) WHERE n "
    "<= 3 AND b > 1",
    "SELECT customer, id FROM orders QUALIFY row_number() OVER (PARTITION BY customer ORDER BY "
    "amount DESC, id) "
    "= 2",
    // aggregates over whole partitions
    "SELECT a, b, sum(b) OVER (PARTITION BY a) FROM pairs",
    "SELECT a, b, count(*) OVER (), max(b) OVER (PARTITION BY a) FROM pairs",
    "SELECT id, amount, amount - avg(amount) OVER (PARTITION BY customer) > 0 FROM orders",
    "SELECT a, b FROM pairs QUALIFY count(*) OVER (PARTITION BY a) > 1",
    "SELECT a, count(*), sum(count(*)) OVER () FROM pairs GROUP BY a",
    // other windows
    "SELECT a, b, rank() OVER (PARTITION BY a ORDER BY b) FROM pairs",
    "SELECT a, b, rank() OVER (ORDER BY b DESC), dense_rank() OVER (ORDER BY b DESC) FROM pairs",
    "SELECT a, b, percent_rank() OVER (PARTITION BY a ORDER BY b), cume_dist() OVER (PARTITION BY "
    "a ORDER BY b) "
    "FROM pairs",
    "SELECT a, b, sum(b) OVER (PARTITION BY a ORDER BY b) FROM pairs",
    "SELECT id, amount, sum(amount) OVER (ORDER BY id, amount, price, customer, status, placed "
    "ROWS BETWEEN 2 "
    "PRECEDING AND CURRENT ROW) FROM orders",
    "SELECT a, b, count(*) OVER (PARTITION BY a ORDER BY b RANGE BETWEEN 1 PRECEDING AND 1 "
    "FOLLOWING) FROM pairs",
    "SELECT a, b, lag(b) OVER (PARTITION BY a ORDER BY b), lead(b, 2, -1) OVER (PARTITION BY a "
    "ORDER BY b) FROM "
    "pairs",
    "SELECT a, b, first_value(b) OVER (PARTITION BY a ORDER BY b), last_value(b) OVER (PARTITION "
    "BY a ORDER BY b) "
    "FROM pairs",
    "SELECT a, b, ntile(3) OVER (ORDER BY a, b) FROM pairs",
    "SELECT a, b, max(b) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 "
    "PRECEDING) FROM "
    "pairs",
    "SELECT a, b FROM pairs QUALIFY rank() OVER (PARTITION BY a ORDER BY b) <= 2",
    "SELECT customer, total, total - lag(total) OVER (ORDER BY customer) FROM (SELECT customer, "
    "sum(amount) AS "
    "total FROM orders GROUP BY customer)",
    "SELECT a, b, row_number() OVER (PARTITION BY a ORDER BY b), sum(b) OVER (PARTITION BY a ORDER "
    "BY b), sum(b) "
    "OVER (PARTITION BY a) FROM pairs",
    "SELECT a, b, count(*) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 1 PRECEDING AND 1 "
    "FOLLOWING EXCLUDE CURRENT ROW) FROM pairs",
    "SELECT a, b, sum(b) FILTER (WHERE b > 1) OVER (PARTITION BY a ORDER BY b) FROM pairs",
    // lists taken apart
    "SELECT a, unnest([a, b, 7]) FROM pairs",
    "SELECT unnest([a, b]), unnest([b]) FROM pairs",
    "SELECT p.a, x.u FROM pairs p, UNNEST([p.a, p.b]) AS x(u) WHERE x.u > 1",
    "SELECT w, count(*) FROM (SELECT unnest(string_split(status, ' ')) AS w FROM orders) GROUP BY "
    "w",
    // several of these together
    "SELECT c.region, count(DISTINCT o.id), sum(o.price) FROM customers c JOIN orders o ON "
    "o.customer = c.id "
    "WHERE o.status <> 'void' GROUP BY c.region HAVING count(*) > 1",
    "SELECT * FROM (SELECT customer, sum(amount) AS s FROM orders GROUP BY customer) WHERE s IN "
    "(SELECT a FROM "
    "pairs)",
    "SELECT kind, value FROM events WHERE value > 2 UNION SELECT status, amount FROM orders",
    "SELECT PIVOTED.* FROM (PIVOT (SELECT a, b FROM pairs) ON b IN (1, 2, 3) USING count(*) GROUP "
    "BY a) PIVOTED",
    "SELECT region, status, count(*) FROM customers LEFT JOIN orders ON customers.id = "
    "orders.customer GROUP BY "
    "ROLLUP (region, status)",
};

}  // namespace kappa::sql::testing
