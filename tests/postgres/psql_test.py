#!/usr/bin/python3
"""psql 15 against the server: its \\d family, tab completion's queries, \\copy, errors and notices.

Needs a server whose schema may be changed: it makes and drops tables of its own.
"""

import os
import subprocess
import sys
import tempfile
import unittest

from server import server

ADDRESS = None


def psql(*commands, expect_error=False, stdin=None):
    host, port = ADDRESS
    arguments = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", str(port), "-U", "tester",
                 "-d", "kappa"]
    for command in commands:
        arguments += ["-c", command]
    run = subprocess.run(arguments, capture_output=True, text=True, timeout=60, input=stdin,
                         env={**os.environ, "LC_ALL": "C.UTF-8"})
    if (run.returncode != 0) != expect_error:
        raise AssertionError(f"{commands}: exit code {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stderr if expect_error else run.stdout


# Commands that only have to be answered without an error.
ANSWERED = ["\\d", "\\d+", "\\dS", "\\dt", "\\dt+", "\\dv", "\\dm", "\\dn", "\\dn+", "\\l", "\\l+",
            "\\du", "\\df", "\\dT", "\\di", "\\ds", "\\dE", "\\dp", "\\dx", "\\db", "\\da", "\\do",
            "\\drds", "\\des", "\\det", "\\dconfig", "\\dD", "\\dC", "\\dc", "\\dL", "\\dy",
            "\\dRp", "\\dRs", "\\dF", "\\dFd", "\\ddp", "\\dAc", "\\dP", "\\conninfo", "\\encoding"]

# What psql asks to complete a name.
COMPLETION = [
    "SELECT c.relname, NULL::pg_catalog.text FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', "
    "'S', 'v', 'm', 'f', 'p') AND (c.relname) LIKE 'accou%' AND pg_catalog.pg_table_is_visible"
    "(c.oid) AND c.relnamespace <> (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = "
    "'pg_catalog') UNION ALL SELECT NULL::pg_catalog.text, n.nspname FROM pg_catalog.pg_namespace n "
    "WHERE n.nspname LIKE 'accou%' AND n.nspname NOT LIKE E'pg\\\\_%' LIMIT 1000",
    "SELECT a.attname, NULL::pg_catalog.text FROM pg_catalog.pg_attribute a, pg_catalog.pg_class c "
    "WHERE c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped AND (a.attname) LIKE '%' AND "
    "c.relname = 'accounts_psql' AND pg_catalog.pg_table_is_visible(c.oid) LIMIT 1000",
    "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings WHERE context IN ('user', "
    "'superuser') AND pg_catalog.lower(name) LIKE pg_catalog.lower('%') LIMIT 1000",
    "SELECT p.proname, NULL::pg_catalog.text FROM pg_catalog.pg_proc p WHERE (p.proname) LIKE '%' "
    "AND pg_catalog.pg_function_is_visible(p.oid) LIMIT 1000",
]


class Psql(unittest.TestCase):
    def setUp(self):
        psql("DROP TABLE IF EXISTS accounts_psql",
             "CREATE TABLE accounts_psql(id BIGINT PRIMARY KEY, owner VARCHAR, "
             "balance DECIMAL(18, 2), tags VARCHAR[])")
        self.addCleanup(psql, "DROP TABLE accounts_psql")

    def test_describe_a_table(self):
        text = psql("\\d accounts_psql")
        for line in ['Table "public.accounts_psql"', " id      | bigint ", " | not null | ",
                     " balance | numeric(18,2) ", " tags    | character varying[] ",
                     '"accounts_psql_pkey" PRIMARY KEY, btree (id)']:
            self.assertIn(line, text)

    def test_lists(self):
        self.assertIn(" public | accounts_psql ", psql("\\dt"))
        self.assertNotIn("accounts_psql ", psql("\\dm"))
        self.assertIn(" kappa ", psql("\\l"))
        self.assertIn("tester", psql("\\du"))

    def test_everything_is_answered(self):
        for command in ANSWERED:
            with self.subTest(command=command):
                psql(command)

    def test_completion(self):
        for query in COMPLETION:
            with self.subTest(query=query):
                psql(query)
        self.assertIn("accounts_psql", psql(COMPLETION[0]))
        self.assertIn("balance", psql(COMPLETION[1]))

    def test_copy(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write('id,owner,balance,tags\n1,"ada ""x""",1.50,"{a,b}"\n2,,,\n')
            file.flush()
            self.assertIn("COPY 2",
                          psql(f"\\copy accounts_psql FROM '{file.name}' (FORMAT csv, HEADER)"))
        self.assertEqual(psql("\\copy (SELECT id, owner FROM accounts_psql ORDER BY id) TO STDOUT"),
                         '1\tada "x"\n2\t\\N\n')

    def test_several_statements(self):
        text = psql("INSERT INTO accounts_psql(id) VALUES (1), (2); SELECT count(*) AS n "
                    "FROM public.accounts_psql; SHOW server_encoding")
        self.assertIn("UTF8", text)

    def test_error_with_position(self):
        text = psql("SELECT\n  no_such_column FROM accounts_psql", expect_error=True)
        self.assertIn("LINE 2:   no_such_column", text)
        self.assertIn("          ^", text)

    def test_stops_at_the_first_error(self):
        psql("INSERT INTO accounts_psql(id) VALUES (5); SELECT 1 FROM nothing; "
             "INSERT INTO accounts_psql(id) VALUES (6)", expect_error=True)
        self.assertNotIn("6", psql("\\copy (SELECT id FROM accounts_psql) TO STDOUT"))

    def test_null_and_empty_queries(self):
        self.assertEqual(psql("", ";", "-- nothing"), "")
        self.assertIn("∅", psql("\\pset null ∅", "SELECT NULL"))


if __name__ == "__main__":
    with server(sys.argv[1:]) as ADDRESS:
        unittest.main(argv=[sys.argv[0]], verbosity=1)
