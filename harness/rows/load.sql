-- Inserts the tables of plumbline.rows in their order, many rows a statement. A statement that fails is repeated with
-- fewer rows, down to a single one; a single row that is rejected is repeated with other parents, up to three times. Row
-- n of a table gets the n-th number of its sequences, whatever rows were rejected before it. The outcome of each row is
-- left in plumbline.loaded: true, the cells where they changed, or the error.
DO $load$
DECLARE
  item jsonb;
  link jsonb;
  statement jsonb;
  waiting jsonb[];
  outcomes jsonb[];
  updates jsonb[];
  loaded jsonb[] := '{}';
  cells jsonb;
  found text[];
  size int;
  done int;
  attempt int;
  code text;
  words text;
  subject text;
  reason text;
  origin text;
  before bigint;
  after bigint;
BEGIN
  FOR item IN SELECT value FROM jsonb_array_elements(current_setting('plumbline.rows')::jsonb) LOOP
    waiting := ARRAY(SELECT value FROM jsonb_array_elements(item -> 'rows'));
    outcomes := '{}';
    size := cardinality(waiting);
    done := 0;
    attempt := 0;
    WHILE done < cardinality(waiting) LOOP
      BEGIN
        IF attempt > 0 THEN
          cells := waiting[done + 1] -> 'cells';
          FOR link IN SELECT value FROM jsonb_array_elements(item -> 'links') LOOP
            CONTINUE WHEN waiting[done + 1] -> 'picks' ->> (link ->> 'name') IS NULL;
            EXECUTE link ->> 'query' INTO found USING (waiting[done + 1] -> 'picks' ->> (link ->> 'name'))::int + attempt;
            CONTINUE WHEN found IS NULL;
            FOR position IN 1..cardinality(found) LOOP
              cells := jsonb_set(cells, ARRAY[link -> 'positions' ->> (position - 1)], to_jsonb(found[position]));
            END LOOP;
          END LOOP;
          waiting[done + 1] := jsonb_set(waiting[done + 1], '{cells}', cells);
        END IF;
        IF item ->> 'first' IS NOT NULL THEN
          EXECUTE item ->> 'first';
        END IF;
        IF (item ->> 'counts')::boolean THEN
          EXECUTE 'SELECT count(*) FROM ' || (item ->> 'table') INTO before;
        END IF;
        PERFORM setval(key::regclass, value::bigint + done, false) FROM jsonb_each_text(item -> 'sequences');
        EXECUTE (
          SELECT format('INSERT INTO %s (%s) VALUES ', item ->> 'table', item ->> 'columns') || string_agg(line, ',' ORDER BY at)
          FROM unnest(waiting[done + 1:done + size]) WITH ORDINALITY r (value, at)
          CROSS JOIN LATERAL (
            SELECT format('(%s)', string_agg(CASE c.value WHEN 'false' THEN 'DEFAULT' ELSE quote_nullable(c.value #>> '{}') END, ',' ORDER BY c.at))
            FROM jsonb_array_elements(r.value -> 'cells') WITH ORDINALITY c (value, at)
          ) AS lines (line)
        );
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        IF (item ->> 'counts')::boolean THEN
          EXECUTE 'SELECT count(*) FROM ' || (item ->> 'table') INTO after;
          IF after < before + size THEN
            RAISE 'a trigger deletes the row at the end of the transaction' USING ERRCODE = '23000';
          END IF;
        END IF;
        outcomes := outcomes || CASE attempt WHEN 0 THEN array_fill(to_jsonb(true), ARRAY[size]) ELSE ARRAY[jsonb_build_object('cells', cells)] END;
        done := done + size;
        size := least(2 * size, cardinality(waiting) - done);
        attempt := 0;
      EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, words = MESSAGE_TEXT, reason = PG_EXCEPTION_DETAIL, subject = CONSTRAINT_NAME, origin = PG_EXCEPTION_CONTEXT;
        IF size > 1 THEN
          size := (size + 7) / 8;
        ELSIF attempt < 3 AND jsonb_array_length(item -> 'links') > 0 AND left(code, 2) IN ('22', '23', 'P0') THEN
          attempt := attempt + 1;
        ELSE
          outcomes := outcomes || jsonb_build_object('code', code, 'message', words, 'detail', reason, 'constraint', subject, 'context', origin);
          done := done + 1;
          attempt := 0;
        END IF;
      END;
    END LOOP;
    loaded := loaded || jsonb_build_object('outcomes', to_jsonb(outcomes));
  END LOOP;
  FOR item IN SELECT value FROM jsonb_array_elements(current_setting('plumbline.rows')::jsonb) LOOP
    updates := '{}';
    FOR statement IN SELECT value FROM jsonb_array_elements(item -> 'updates') LOOP
      BEGIN
        EXECUTE statement #>> '{}';
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        updates := updates || to_jsonb(true);
      EXCEPTION WHEN OTHERS THEN
        updates := updates || to_jsonb(false);
      END;
    END LOOP;
    loaded := loaded || jsonb_build_object('updates', to_jsonb(updates));
  END LOOP;
  PERFORM set_config('plumbline.loaded', to_jsonb(loaded)::text, false);
END
$load$;
