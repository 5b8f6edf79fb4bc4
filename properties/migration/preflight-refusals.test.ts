/** Each way in which a statement refuses rows beside others: asked, and counted before and after the rows are repaired. */
import { describe, test } from "vitest";
import { useDatabases } from "../../harness/testing/use-databases.ts";
import { expectCounted, type RefusalCase } from "./testing/preflight-checks.ts";

const databases = useDatabases();

describe("an exclusion constraint", () => {
  const STAYS = "CREATE EXTENSION btree_gist; CREATE TABLE stays (room int, span int4range, price numrange, gone bool)";

  test.each<RefusalCase>([
    [
      STAYS,
      "INSERT INTO stays VALUES (1, '[1,5)'), (1, '[1,5)'), (1, '[5,9)'), (1, NULL), (1, 'empty'), (2, '[1,)'), (NULL, '[1,5)')",
      "ALTER TABLE stays ADD EXCLUDE USING gist (room WITH =, span WITH &&)",
      "DELETE FROM stays WHERE ctid = '(0,1)'",
      [2],
    ],
    [
      STAYS,
      "INSERT INTO stays (price) VALUES ('[1,2]'), ('[2,3]'), ('(3,4]'), ('[4.5,5)'), ('[7,)'), ('[9,10]'), ('[8,8]'), ('[5,5]')",
      "ALTER TABLE stays ADD EXCLUDE USING gist (price WITH &&)",
      "DELETE FROM stays WHERE price IN ('[2,3]', '[7,)')",
      [5],
    ],
    [
      STAYS,
      "INSERT INTO stays (room, span) VALUES (1, '[1,2)'), (1, '[8,9)'), (2, '[8,9)'), (NULL, '[8,9)'); INSERT INTO stays VALUES (3, '[8,9)', NULL, true)",
      "ALTER TABLE stays ADD EXCLUDE USING gist (span WITH =, room WITH <>) WHERE (NOT coalesce(gone, false))",
      "DELETE FROM stays WHERE room = 2",
      [2],
    ],
    [
      STAYS,
      "INSERT INTO stays VALUES (1), (1), (2), (NULL), (NULL)",
      "ALTER TABLE stays ADD EXCLUDE (room WITH =) DEFERRABLE INITIALLY DEFERRED",
      "DELETE FROM stays WHERE ctid = '(0,1)'",
      [2],
    ],
    [
      "CREATE TABLE spans (starts date, ends date)",
      "INSERT INTO spans VALUES ('2031-01-01', '2031-01-05'), ('2031-01-04', '2031-01-06'), ('2031-01-05', '2031-01-06')",
      "ALTER TABLE spans ADD EXCLUDE USING gist (daterange(starts, ends) WITH &&)",
      "DELETE FROM spans WHERE starts = '2031-01-04'",
      [3, 0],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("a key", () => {
  test.each<RefusalCase>([
    [
      "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE t (id int PRIMARY KEY, email text)",
      "INSERT INTO t VALUES (1, 'a'), (2, 'A'), (3, 'b')",
      "CREATE UNIQUE INDEX u ON t (email COLLATE ci)",
      "DELETE FROM t WHERE id = 2",
      [2],
    ],
    [
      "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE TABLE t (id int PRIMARY KEY, email text UNIQUE)",
      "INSERT INTO t VALUES (1, 'a'), (2, 'A'), (3, 'b')",
      "ALTER TABLE t ALTER email TYPE text COLLATE ci",
      "DELETE FROM t WHERE id = 2",
      [2],
    ],
    [
      "CREATE TABLE t (id int PRIMARY KEY, at timestamp UNIQUE)",
      "INSERT INTO t VALUES (1, '2031-01-01 1:00'), (2, '2031-01-01 2:00'), (3, NULL), (4, NULL)",
      "ALTER TABLE t ALTER at TYPE date",
      "DELETE FROM t WHERE id = 2",
      [0, 2],
    ],
    [
      "CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p)",
      "INSERT INTO p VALUES (1), (1); INSERT INTO c VALUES (1)",
      "CREATE UNIQUE INDEX u ON p (a)",
      "DELETE FROM ONLY p WHERE ctid = '(0,1)'",
      [2],
    ],
    [
      "CREATE TABLE t (a int, b int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1)",
      "INSERT INTO t VALUES (1, 1), (1, 1), (1, 2)",
      "ALTER TABLE t ADD UNIQUE (a, b)",
      "DELETE FROM t WHERE b = 1",
      [2],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users VALUES (1, 'a'), (2, 'a'), (3, 'b')",
      "ALTER TABLE users RENAME email TO mail; ALTER TABLE users ADD tenant int NOT NULL DEFAULT 1; ALTER TABLE users ADD UNIQUE (tenant, mail)",
      "DELETE FROM users WHERE id = 2",
      [2],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users VALUES (1, 'a'), (2, 'A'), (3, NULL)",
      "ALTER TABLE users ADD fold text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE",
      "DELETE FROM users WHERE id = 2",
      [2],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint)",
      "INSERT INTO users VALUES (1), (2)",
      "ALTER TABLE users ADD plan int DEFAULT 1 UNIQUE",
      "DELETE FROM users WHERE id = 2",
      [2],
    ],
    [
      "CREATE EXTENSION btree_gist; CREATE TABLE t (id int, d daterange)",
      "INSERT INTO t VALUES (1, '[2031-01-01,2031-02-01)'), (1, '[2031-01-15,2031-03-01)'), (2, '[2031-01-15,2031-03-01)')",
      "ALTER TABLE t ADD UNIQUE (id, d WITHOUT OVERLAPS)",
      "DELETE FROM t WHERE lower(d) = '2031-01-01'",
      [0, 2],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});

describe("a foreign key", () => {
  test.each<RefusalCase>([
    [
      "CREATE TABLE p (a int, b int, UNIQUE (a, b)); CREATE TABLE c (id int PRIMARY KEY, a int, b int)",
      "INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1, 1, 1), (2, NULL, 1), (3, NULL, NULL), (4, 2, 2)",
      "ALTER TABLE c ADD FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL",
      "DELETE FROM c WHERE id IN (2, 4)",
      [2],
    ],
    [
      "CREATE TABLE n (id int PRIMARY KEY, parent int)",
      "INSERT INTO n VALUES (1, NULL), (2, 1), (3, 9)",
      "ALTER TABLE n ADD FOREIGN KEY (parent) REFERENCES n",
      "UPDATE n SET parent = 1 WHERE id = 3",
      [1],
    ],
    [
      "CREATE TABLE p (a int UNIQUE); CREATE TABLE i () INHERITS (p); CREATE TABLE c (a int)",
      "INSERT INTO i VALUES (1); INSERT INTO c VALUES (1)",
      "ALTER TABLE c ADD FOREIGN KEY (a) REFERENCES p (a)",
      "DELETE FROM c",
      [1],
    ],
    [
      "CREATE TABLE p (a int PRIMARY KEY); CREATE TABLE c (a int); ALTER TABLE c ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID",
      "SET session_replication_role = replica; INSERT INTO c VALUES (1), (NULL); SET session_replication_role = origin",
      "ALTER TABLE c VALIDATE CONSTRAINT f",
      "DELETE FROM c",
      [1],
    ],
    [
      "CREATE TABLE users (id int PRIMARY KEY, email text, nick text, age bigint); CREATE TABLE plans (id int PRIMARY KEY)",
      "INSERT INTO users VALUES (1), (2)",
      "ALTER TABLE users ADD plan int DEFAULT 1 REFERENCES plans",
      "INSERT INTO plans VALUES (1)",
      [2],
    ],
    [
      "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int, b int REFERENCES p) PARTITION BY LIST (a); CREATE TABLE t1 (a int, b int)",
      "INSERT INTO t1 VALUES (1, 1), (1, NULL)",
      "ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1)",
      "DELETE FROM t1 WHERE b = 1",
      [0, 1],
    ],
  ])("%#: %s", async (...refusal) => await expectCounted(databases, refusal));
});
