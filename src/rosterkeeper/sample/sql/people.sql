-- Everyone who ever holds a place in the district. A place keeps its number; who holds it changes over the days.
CREATE TABLE place AS
WITH counted AS (
    SELECT i AS n,
        CASE WHEN i < getvariable('students') THEN 'student'
             WHEN i < getvariable('students') + getvariable('teachers') THEN 'teacher'
             WHEN i < getvariable('users') - getvariable('guardians') - getvariable('admins') THEN 'aide'
             WHEN i < getvariable('users') - getvariable('guardians') THEN 'admin'
             ELSE 'guardian' END AS kind
    FROM range(getvariable('users')) t(i)
), local AS (
    SELECT n, kind,
        n - CASE kind WHEN 'student' THEN 0
                      WHEN 'teacher' THEN getvariable('students')
                      WHEN 'aide' THEN getvariable('students') + getvariable('teachers')
                      WHEN 'admin' THEN getvariable('users') - getvariable('guardians') - getvariable('admins')
                      ELSE getvariable('users') - getvariable('guardians') END AS i
    FROM counted
), kin AS (
    -- A family: its children are the first one or two students of each stride; of six guardians the last two share one.
    SELECT n, kind, i,
        CASE WHEN kind = 'guardian' THEN 5 * (i // 6) + least(i % 6, 4)
             WHEN kind = 'student' AND i // getvariable('stride') < getvariable('families')
                 AND (i % getvariable('stride') = 0
                      OR (i % getvariable('stride') = 1 AND i // getvariable('stride') % 10 IN (1, 4, 7)))
             THEN i // getvariable('stride') END AS family
    FROM local
)
SELECT n, kind, i, family,
    CASE WHEN kind = 'guardian' THEN family * getvariable('stride') % getvariable('schools')
         WHEN kind = 'admin' THEN CASE WHEN i = 0 THEN -1 ELSE (i - 1) % getvariable('schools') END
         ELSE i % getvariable('schools') END AS school,
    CASE WHEN getvariable('schools') = 1 THEN NULL
         WHEN kind = 'guardian' AND family % 10 IN (1, 4, 7) AND getvariable('stride') > 1
             THEN (family * getvariable('stride') + 1) % getvariable('schools')
         WHEN kind = 'teacher' AND h % 20 = 0 THEN (i + 1) % getvariable('schools') END AS other_school,
    CASE WHEN kind IN ('student', 'guardian')
         THEN phase_of(draw(CASE WHEN family IS NULL THEN 'turn|' || n ELSE 'turn|f' || family END),
                       getvariable('turn_period')) END AS turn_phase,
    phase_of(h >> 8, getvariable('rename_period')) AS rename_phase,
    phase_of(h >> 24, getvariable('move_period')) AS move_phase,
    h
FROM (SELECT *, draw('place|' || n) AS h FROM kin)
ORDER BY n;

-- How often each place has been taken over, renamed and moved by day number d.
CREATE MACRO counted_on(d) AS TABLE
SELECT n,
    CASE WHEN turn_phase IS NULL THEN 0 ELSE turns(d, turn_phase, getvariable('turn_period')) END AS turn,
    turns(d, rename_phase, getvariable('rename_period')) AS renames,
    CASE WHEN kind = 'student' THEN turns(d, move_phase, getvariable('move_period')) ELSE 0 END AS moves
FROM place;

-- Who holds each place on day number d.
CREATE MACRO holders_on(d) AS TABLE
WITH dated AS (
    SELECT * FROM place JOIN counted_on(d) USING (n)
), drawn AS (
    SELECT *, n + turn * getvariable('users') AS person, draw('person|' || n || '|' || turn) AS g FROM dated
), named AS (
    SELECT *,
        getvariable('cultures')[1 + g % 24] * 16 AS culture,
        -- The day this holder came, 0 for those who were there at the start.
        CASE WHEN turn = 0 THEN 0 ELSE turn_phase + 1 + (turn - 1) * getvariable('turn_period') END AS came
    FROM drawn
)
SELECT d AS d, n, kind, i, family, school, other_school, turn, moves, renames, person, g, h, came,
    user_id(person) AS id,
    1 + culture + (g >> 5) % 16 AS given,
    1 + culture + ((g >> 9) + renames) % 16 AS family_name,
    CASE WHEN (g >> 13) % 11 = 0 THEN 1 + culture + ((g >> 9) + renames + 5) % 16 END AS second_name,
    CASE WHEN (g >> 17) % 3 = 0 THEN 1 + culture + (g >> 19) % 16 END AS middle_name,
    CASE WHEN kind = 'student' THEN (g >> 23) % grades_in(level_of(school)) END AS grade
FROM named;

-- `astir`: whether anything about the holder differs from the other day that is laid out.
CREATE TABLE holder AS SELECT *, false AS astir FROM holders_on(0) LIMIT 0;
