#!/usr/bin/python3
"""The wire through psycopg 3: types both ways in both formats, pipelines, COPY, errors, cancel."""

import datetime
import decimal
import pathlib
import re
import sys
import threading
import unittest
import uuid

import psycopg
from psycopg import errors

from server import server

ADDRESS = None


def connect(**options):
    host, port = ADDRESS
    return psycopg.connect(host=host, port=port, user="tester", dbname="kappa", **options)


# SQL literal, what Python reads.
VALUES = [
    ("true", True),
    ("(-7)::SMALLINT", -7),
    ("2147483647", 2147483647),
    ("9223372036854775807", 9223372036854775807),
    ("170141183460469231731687303715884105727::HUGEINT", 170141183460469231731687303715884105727),
    ("18446744073709551615::UBIGINT", 18446744073709551615),
    ("255::UTINYINT", 255),
    ("4000000000::UINTEGER", 4000000000),
    ("12345.6700::DECIMAL(18, 4)", decimal.Decimal("12345.6700")),
    ("(-0.05)::DECIMAL(4, 2)", decimal.Decimal("-0.05")),
    ("100000000::DECIMAL(38, 0)", decimal.Decimal("100000000")),
    ("0.00::DECIMAL(9, 2)", decimal.Decimal("0.00")),
    ("1.5::FLOAT", 1.5),
    ("0.1::DOUBLE", 0.1),
    ("1e300::DOUBLE", 1e300),
    ("'inf'::DOUBLE", float("inf")),
    ("'grün'", "grün"),
    ("''", ""),
    ("'\\x00\\xFFa'::BLOB", b"\x00\xffa"),
    ("DATE '2024-02-29'", datetime.date(2024, 2, 29)),
    ("TIME '23:59:59.999999'", datetime.time(23, 59, 59, 999999)),
    ("TIMESTAMP '1969-12-31 23:59:59.5'", datetime.datetime(1969, 12, 31, 23, 59, 59, 500000)),
    (
        "TIMESTAMPTZ '2024-07-01 12:00:00+02'",
        datetime.datetime(2024, 7, 1, 10, 0, tzinfo=datetime.timezone.utc),
    ),
    ("TIMETZ '12:30:00+02'",
     datetime.time(12, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))),
    ("INTERVAL '3 days 04:05:06.7'",
     datetime.timedelta(days=3, hours=4, minutes=5, seconds=6, microseconds=700000)),
    ("'0f0e0d0c-0b0a-4908-8706-050403020100'::UUID",
     uuid.UUID("0f0e0d0c-0b0a-4908-8706-050403020100")),
    ("'{\"a\": [1, 2]}'::JSON", {"a": [1, 2]}),
    ("[1, NULL, 3]", [1, None, 3]),
    ("['a b', 'c\"d', 'NULL', '']", ["a b", 'c"d', "NULL", ""]),
    ("[]::INTEGER[]", []),
    ("[DATE '2024-01-01']", [datetime.date(2024, 1, 1)]),
    ("[1.25, 2.50]::DECIMAL(5, 2)[]", [decimal.Decimal("1.25"), decimal.Decimal("2.50")]),
    ("NULL", None),
    ("{'a': 1, 'b': 'x'}", "{'a': 1, 'b': x}"),
]

# Python values that come back as they went.
PARAMETERS = [
    True, 1, -40000, 2**40, 2**70, 1.25, decimal.Decimal("-12.3400"), "text", b"\x00\x01",
    datetime.date(1999, 12, 31), datetime.time(1, 2, 3, 4),
    datetime.datetime(2024, 1, 2, 3, 4, 5, 6),
    datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=-1, seconds=5), uuid.UUID(int=5), [1, 2, None],
]


class Values(unittest.TestCase):
    def test_results_in_text_and_binary(self):
        with connect() as connection:
            for binary in (False, True):
                with connection.cursor(binary=binary) as cursor:
                    for literal, expected in VALUES:
                        with self.subTest(literal=literal, binary=binary):
                            got = cursor.execute(f"SELECT {literal}").fetchone()[0]
                            self.assertEqual(got, expected)

    def test_parameters_in_text_and_binary(self):
        with connect() as connection:
            for style in ("%t", "%b"):
                for value in PARAMETERS:
                    with self.subTest(style=style, value=value):
                        got = connection.execute(f"SELECT {style}", [value]).fetchone()[0]
                        self.assertEqual(got, value)

    def test_parameters_without_a_type_of_their_own(self):
        with connect() as connection:
            row = connection.execute("SELECT %t::VARCHAR[], %t::DATE, %t::BIGINT + 1",
                                     [["x", "y z"], "2024-02-29", "41"]).fetchone()
            self.assertEqual(row, (["x", "y z"], datetime.date(2024, 2, 29), 42))

    def test_null_parameter(self):
        with connect() as connection:
            self.assertEqual(connection.execute("SELECT %s::INTEGER", [None]).fetchone(), (None,))

    def test_description(self):
        with connect() as connection:
            cursor = connection.execute("SELECT 1::DECIMAL(18, 2) AS price, 'x' AS name")
            price, name = cursor.description
            self.assertEqual((price.name, price.precision, price.scale), ("price", 18, 2))
            self.assertEqual(name.name, "name")

    def test_many_rows(self):
        with connect() as connection:
            rows = connection.execute("SELECT i, 'row ' || i FROM range(100000) t(i)").fetchall()
            self.assertEqual(len(rows), 100000)
            self.assertEqual(rows[99999], (99999, "row 99999"))


class Statements(unittest.TestCase):
    def setUp(self):
        self.connection = connect(autocommit=True)
        self.connection.execute("DROP TABLE IF EXISTS scratch")
        self.connection.execute("CREATE TABLE scratch(id INTEGER PRIMARY KEY, name VARCHAR)")
        self.addCleanup(self.connection.close)

    def names(self):
        return self.connection.execute("SELECT id, name FROM scratch ORDER BY id").fetchall()

    def test_insert_and_read(self):
        cursor = self.connection.execute("INSERT INTO scratch VALUES (%s, %s)", [1, "one"])
        self.assertEqual(cursor.rowcount, 1)
        self.assertEqual(self.names(), [(1, "one")])

    def test_executemany_uses_a_pipeline(self):
        with self.connection.cursor() as cursor:
            cursor.executemany("INSERT INTO scratch VALUES (%s, %s)",
                               [(i, f"n{i}") for i in range(50)])
        self.assertEqual(len(self.names()), 50)

    def test_prepared_statement_again_and_again(self):
        for i in range(20):
            row = self.connection.execute("SELECT %s + 1", [i], prepare=True).fetchone()
            self.assertEqual(row, (i + 1,))

    def test_error_in_a_pipeline_skips_to_the_sync(self):
        with self.connection.pipeline() as pipeline:
            good = self.connection.execute("SELECT 1")
            self.connection.execute("SELECT no_such_column")
            with self.assertRaises(psycopg.Error):
                pipeline.sync()
            self.assertEqual(good.fetchone(), (1,))
        self.assertEqual(self.connection.execute("SELECT 2").fetchone(), (2,))

    def test_sqlstates(self):
        for statement, error in [
            ("SELEC 1", errors.SyntaxError),
            ("SELECT * FROM nothing_here", errors.UndefinedTable),
            ("SELECT no_such_column FROM scratch", errors.UndefinedColumn),
        ]:
            with self.subTest(statement=statement), self.assertRaises(error):
                self.connection.execute(statement)
        with self.assertRaises(errors.InvalidTextRepresentation):
            self.connection.execute("SELECT id FROM scratch WHERE id = %s", ["abc"])

    def test_transaction(self):
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("INSERT INTO scratch VALUES (1, 'gone')")
        self.assertEqual(self.names(), [])
        with self.connection.transaction():
            self.connection.execute("INSERT INTO scratch VALUES (2, 'kept')")
        self.assertEqual(self.names(), [(2, "kept")])

    def test_failed_transaction(self):
        self.connection.execute("BEGIN")
        with self.assertRaises(psycopg.Error):
            self.connection.execute("SELECT no_such_column")
        self.assertEqual(self.connection.info.transaction_status,
                         psycopg.pq.TransactionStatus.INERROR)
        with self.assertRaises(errors.InFailedSqlTransaction):
            self.connection.execute("SELECT 1")
        self.connection.execute("ROLLBACK")
        self.assertEqual(self.connection.execute("SELECT 1").fetchone(), (1,))

    def test_copy_in_and_out(self):
        with self.connection.cursor() as cursor:
            with cursor.copy("COPY scratch FROM STDIN") as copy:
                copy.write_row((1, "tab\there"))
                copy.write_row((2, None))
            with cursor.copy("COPY scratch TO STDOUT") as copy:
                self.assertEqual(list(copy.rows()), [("1", "tab\there"), ("2", None)])

    def test_copy_csv(self):
        with self.connection.cursor() as cursor:
            with cursor.copy("COPY scratch FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write("id,name\n1,\"a, \"\"b\"\"\nc\"\n2,\n")
            self.assertEqual(self.names(), [(1, 'a, "b"\nc'), (2, None)])
            with cursor.copy("COPY scratch TO STDOUT (FORMAT csv, HEADER)") as copy:
                text = b"".join(copy).decode()
        self.assertEqual(text, "id,name\n1,\"a, \"\"b\"\"\nc\"\n2,\n")

    def test_copy_error_names_the_line(self):
        with self.assertRaises(psycopg.Error) as raised:
            with self.connection.cursor().copy("COPY scratch FROM STDIN (FORMAT csv)") as copy:
                copy.write("1,a\n2,b\nthree,c\n")
        self.assertIn("line 3", raised.exception.diag.context)
        self.assertEqual(self.names(), [])

    def test_copy_abandoned(self):
        with self.assertRaises(errors.QueryCanceled):
            with self.connection.cursor().copy("COPY scratch FROM STDIN") as copy:
                copy.write_row((1, "a"))
                raise ZeroDivisionError
        self.assertEqual(self.names(), [])


class Session(unittest.TestCase):
    def test_what_clients_ask_at_connect(self):
        with connect(autocommit=True, application_name="test app") as connection:
            ask = lambda sql: connection.execute(sql).fetchone()[0]
            self.assertEqual(connection.info.server_version, 150000)
            self.assertEqual(connection.info.parameter_status("application_name"), "test app")
            self.assertTrue(ask("SELECT version()").startswith("PostgreSQL 15"))
            self.assertEqual(ask("SHOW server_version_num"), "150000")
            self.assertEqual(ask("SELECT current_schema()"), "public")
            self.assertEqual(ask("SELECT current_database()"), "kappa")
            self.assertEqual(ask("SELECT current_user"), "tester")
            self.assertEqual(ask("SELECT current_setting('server_version_num')::int / 10000"), 15)
            self.assertEqual(ask("SELECT set_config('application_name', 'other', false)"), "other")
            self.assertEqual(connection.info.parameter_status("application_name"), "other")
            for statement in ["SET extra_float_digits = 3", "SET client_min_messages TO warning",
                              "SET application_name = 'x'", "SET SESSION CHARACTERISTICS AS "
                              "TRANSACTION ISOLATION LEVEL REPEATABLE READ", "DISCARD ALL"]:
                connection.execute(statement)
            self.assertEqual(ask("SELECT typname FROM pg_type WHERE oid = 20"), "int8")

    def test_what_tools_ask_the_catalog(self):
        """Each query of catalog_queries.sql; those that name a table must find it."""
        text = pathlib.Path(__file__).with_name("catalog_queries.sql").read_text()
        queries = re.split(r";\s*\n", re.sub(r"--[^\n]*", "", text))
        with connect(autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS accounts")
            connection.execute("CREATE TABLE accounts(id BIGINT PRIMARY KEY, owner VARCHAR)")
            self.addCleanup(lambda: connect(autocommit=True).execute("DROP TABLE accounts"))
            for query in filter(str.strip, queries):
                with self.subTest(query=query):
                    rows = connection.execute(query).fetchall()
                    if "accounts" in query:
                        self.assertTrue(rows)

    def test_time_zone(self):
        with connect(autocommit=True) as connection:
            connection.execute("SET TIME ZONE 'Europe/Berlin'")
            self.assertEqual(connection.info.parameter_status("TimeZone"), "Europe/Berlin")
            row = connection.execute(
                "SELECT TIMESTAMPTZ '2024-07-01 12:00:00+00'::VARCHAR,"
                " TIMESTAMPTZ '2024-07-01 12:00:00+00'").fetchone()
            self.assertEqual(row[0], "2024-07-01 14:00:00+02")
            self.assertEqual(row[1].utcoffset(), datetime.timedelta(hours=2))

    def test_cancel(self):
        with connect(autocommit=True) as connection:
            timer = threading.Timer(0.3, connection.cancel)
            timer.start()
            with self.assertRaises(errors.QueryCanceled):
                connection.execute("SELECT count(*) FROM range(10000000000) a, range(1000) b")
            timer.join()
            self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))

    def test_wrong_encoding_and_setting(self):
        with connect(autocommit=True) as connection:
            with self.assertRaises(errors.InvalidParameterValue):
                connection.execute("SET client_encoding = 'LATIN1'")
            with self.assertRaises(errors.CantChangeRuntimeParam):
                connection.execute("SET server_version = '9'")


if __name__ == "__main__":
    with server(sys.argv[1:]) as ADDRESS:
        unittest.main(argv=[sys.argv[0]], verbosity=1)
