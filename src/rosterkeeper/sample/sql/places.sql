-- What does not depend on people. Every macro answers with the standard's own column names, '' where a cell is blank.
CREATE MACRO orgs_on() AS TABLE
SELECT org_id(i) AS "sourcedId",
    CASE WHEN i = -1 THEN getvariable('places')[1 + draw('district') % len(getvariable('places'))] || ' Unified District'
         ELSE getvariable('places')[1 + draw('school|' || i) % len(getvariable('places'))]
              || [' Elementary School', ' Middle School', ' High School'][1 + level_of(i)] END AS "name",
    CASE WHEN i = -1 THEN 'district' ELSE 'school' END AS "type",
    CASE WHEN i = -1 THEN '9900001' ELSE '9900001' || (10001 + i) END AS "identifier",
    CASE WHEN i = -1 THEN '' ELSE org_id(-1) END AS "parentSourcedId"
FROM range(-1, getvariable('schools')) t(i) ORDER BY i;

CREATE TABLE session (
    place INTEGER, "sourcedId" VARCHAR, "title" VARCHAR, "type" VARCHAR, "startDate" VARCHAR, "endDate" VARCHAR,
    "parentSourcedId" VARCHAR, "schoolYear" VARCHAR
);
CREATE MACRO sessions_on() AS TABLE SELECT * EXCLUDE (place) FROM session ORDER BY place;

-- A course for each slot and each grade at which one of the slot's sections begins.
CREATE MACRO courses_on() AS TABLE
WITH counted AS (
    SELECT i, i // (getvariable('slots') * 6) AS school, i // 6 % getvariable('slots') AS slot, i % 6 AS grade
    FROM range(getvariable('schools') * getvariable('slots') * 6) t(i)
), levelled AS (
    SELECT *, level_of(school) AS level, grades_in(level_of(school)) AS grades FROM counted
)
SELECT course_id(school, slot, grade) AS "sourcedId",
    'as-' || getvariable('school_year') AS "schoolYearSourcedId",
    subject(level, slot) || ', grade ' || grade_code(level, grade) AS "title",
    subject_code(level, slot) || '-' || grade_code(level, grade) AS "courseCode",
    grade_code(level, grade) AS "grades",
    org_id(school) AS "orgSourcedId",
    replace(subject(level, slot), ',', '') AS "subjects",
    subject_code(level, slot) AS "subjectCodes"
FROM levelled
WHERE grade < grades
    AND (grade * getvariable('sections') + grades - 1) // grades < getvariable('sections')
    AND (grade * getvariable('sections') + grades - 1) // grades * grades // getvariable('sections') = grade
ORDER BY i;

-- The classes of day number d, with who teaches them; the classes that came later follow the first day's.
CREATE MACRO classes_held(d) AS TABLE
WITH counted AS (
    SELECT c AS i, c // (getvariable('slots') * getvariable('sections')) AS school,
        c // getvariable('sections') % getvariable('slots') AS slot,
        c % getvariable('sections') AS section,
        c % (getvariable('slots') * getvariable('sections')) AS post,
        turns(d, (c * 7919 + draw('swap')) % getvariable('classes') // getvariable('swaps'),
              getvariable('swap_period')) AS swaps
    FROM range(getvariable('classes')) t(c)
    UNION ALL
    SELECT getvariable('classes') + e, draw('new|' || e) % getvariable('schools'),
        least(1 + e % 7, getvariable('slots') - 1), getvariable('sections') + e, e, 0
    FROM range(d * getvariable('new_classes')) t(e)
), levelled AS (
    SELECT *, level_of(school) AS level, grades_in(level_of(school)) AS grades,
        least(section, getvariable('sections') - 1) AS line, getvariable('teachers') // getvariable('schools') AS staff
    FROM counted
)
SELECT i, school, slot, section, level, swaps, draw('class|' || i) AS h,
    line * grades // getvariable('sections') AS lowest,
    ((line + 1) * grades - 1) // getvariable('sections') AS highest,
    getvariable('students') + (post + swaps) % staff * getvariable('schools') + school AS teacher,
    getvariable('students') + (post + swaps + 1) % staff * getvariable('schools') + school AS co_teacher
FROM levelled;

CREATE MACRO classes_on(d) AS TABLE
SELECT class_id(i) AS "sourcedId",
    subject(level, slot) || ' ' || grade_code(level, lowest) || '/' || (section + 1) AS "title",
    array_to_string(list_transform(range(lowest, highest + 1), lambda x: grade_code(level, x)), ',') AS "grades",
    course_id(school, slot, lowest) AS "courseSourcedId",
    'S' || (slot + 1) || '-' || (section + 1) AS "classCode",
    CASE WHEN slot = 0 THEN 'homeroom' ELSE 'scheduled' END AS "classType",
    CASE WHEN h % 9 = 0 THEN '' ELSE 'Room ' || (101 + h % 97) END AS "location",
    org_id(school) AS "schoolSourcedId",
    term_ids(level, slot) AS "termSourcedIds",
    replace(subject(level, slot), ',', '') AS "subjects",
    subject_code(level, slot) AS "subjectCodes",
    CASE WHEN slot = 0 THEN 'HR' WHEN level = 2 AND slot % 3 = 0 THEN slot || ',' || (slot + 20)
         ELSE slot::VARCHAR END AS "periods"
FROM classes_held(d) ORDER BY i;
