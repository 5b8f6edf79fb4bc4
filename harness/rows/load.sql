-- Inserts the tables of plumbline.rows in their order, each by one statement where all its rows are accepted, row by row
-- otherwise, each row in a subtransaction. A row that is rejected is sent again with other parents, up to three times.
-- What became of each row is left in plumbline.loaded.
DO $load$
DECLARE
  item jsonb;
  entry record;
  link jsonb;
  accepted int;
  attempt int;
  failed jsonb;
  outcomes jsonb;
  loaded jsonb := '[]';
  cells jsonb;
  found text[];
  code text;
  words text;
  subject text;
BEGIN
  FOR item IN SELECT value FROM jsonb_array_elements(current_setting('plumbline.rows')::jsonb) LOOP
    PERFORM setval(key::regclass, value::bigint, false) FROM jsonb_each_text(item -> 'sequences');
    BEGIN
      EXECUTE (
        SELECT format('INSERT INTO %s (%s) VALUES ', item ->> 'table', item ->> 'columns') || string_agg(format('(%s)', line), ',' ORDER BY at)
        FROM (
          SELECT r.at, string_agg(CASE c.value WHEN 'false' THEN 'DEFAULT' ELSE quote_nullable(c.value #>> '{}') END, ',' ORDER BY c.at) AS line
          FROM jsonb_array_elements(item -> 'rows') WITH ORDINALITY r (value, at), jsonb_array_elements(r.value -> 'cells') WITH ORDINALITY c (value, at)
          GROUP BY r.at
        ) AS lines
      );
      SET CONSTRAINTS ALL IMMEDIATE;
      SET CONSTRAINTS ALL DEFERRED;
      loaded := loaded || jsonb_build_array(jsonb_build_object('table', item ->> 'table', 'rows', NULL));
      CONTINUE;
    EXCEPTION WHEN OTHERS THEN
      NULL; -- Row by row says which rows are rejected.
    END;
    accepted := 0;
    outcomes := '[]';
    FOR entry IN SELECT value, at FROM jsonb_array_elements(item -> 'rows') WITH ORDINALITY r (value, at) ORDER BY at LOOP
      failed := NULL;
      FOR attempt IN 0..3 LOOP
        cells := entry.value -> 'cells';
        BEGIN
          IF attempt > 0 THEN
            FOR link IN SELECT value FROM jsonb_array_elements(item -> 'links') LOOP
              CONTINUE WHEN entry.value -> 'picks' ->> (link ->> 'name') IS NULL;
              EXECUTE link ->> 'query' INTO found USING (entry.value -> 'picks' ->> (link ->> 'name'))::int + attempt;
              CONTINUE WHEN found IS NULL;
              FOR position IN 1..array_length(found, 1) LOOP
                cells := jsonb_set(cells, ARRAY[link -> 'positions' ->> (position - 1)], to_jsonb(found[position]));
              END LOOP;
            END LOOP;
          END IF;
          PERFORM setval(key::regclass, value::bigint + accepted, false) FROM jsonb_each_text(item -> 'sequences');
          EXECUTE (
            SELECT format('INSERT INTO %s (%s) VALUES (%s)', item ->> 'table', item ->> 'columns',
              string_agg(CASE c.value WHEN 'false' THEN 'DEFAULT' ELSE quote_nullable(c.value #>> '{}') END, ',' ORDER BY c.at))
            FROM jsonb_array_elements(cells) WITH ORDINALITY c (value, at)
          );
          SET CONSTRAINTS ALL IMMEDIATE;
          SET CONSTRAINTS ALL DEFERRED;
          accepted := accepted + 1;
          failed := NULL;
          EXIT;
        EXCEPTION WHEN OTHERS THEN
          GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, words = MESSAGE_TEXT, subject = CONSTRAINT_NAME;
          failed := jsonb_build_object('code', code, 'message', words, 'constraint', subject);
          EXIT WHEN jsonb_array_length(item -> 'links') = 0 OR code NOT IN ('23503', '23505', '23P01', '23514', '23502', 'P0001');
        END;
      END LOOP;
      outcomes := outcomes || jsonb_build_array(CASE WHEN failed IS NULL THEN jsonb_build_object('cells', cells) ELSE failed END);
    END LOOP;
    loaded := loaded || jsonb_build_array(jsonb_build_object('table', item ->> 'table', 'rows', outcomes));
  END LOOP;
  PERFORM set_config('plumbline.loaded', loaded::text, false);
END
$load$;
