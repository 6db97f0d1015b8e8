-- What depends on people: users, roles, demographics, enrollments. `astir_only` asks for those astir since the day before.
CREATE MACRO holders(day, astir_only) AS TABLE SELECT * FROM holder WHERE d = day AND (astir OR NOT astir_only);

-- The ids of the guardians of a student, and of the students of a guardian: both sides of the same pairs.
CREATE MACRO guardian_ids(family, turn) AS
    user_id(getvariable('users') - getvariable('guardians') + 6 * (family // 5) + family % 5
            + turn * getvariable('users'))
    || CASE WHEN family % 5 = 4 AND 6 * (family // 5) + 5 < getvariable('guardians')
            THEN ',' || user_id(getvariable('users') - getvariable('guardians') + 6 * (family // 5) + 5
                                + turn * getvariable('users')) ELSE '' END;
CREATE MACRO child_ids(family, turn) AS
    user_id(family * getvariable('stride') + turn * getvariable('users'))
    || CASE WHEN family % 10 IN (1, 4, 7) AND getvariable('stride') > 1
            THEN ',' || user_id(family * getvariable('stride') + 1 + turn * getvariable('users')) ELSE '' END;

CREATE MACRO role_of(kind, i, h) AS
    CASE kind WHEN 'guardian' THEN ['parent', 'parent', 'guardian', 'relative'][1 + h % 4]
              WHEN 'aide' THEN CASE WHEN i % 4 = 3 THEN 'counselor' ELSE 'aide' END
              WHEN 'admin' THEN CASE WHEN i = 0 THEN 'districtAdministrator'
                                     WHEN i <= getvariable('schools') THEN 'principal'
                                     ELSE 'siteAdministrator' END
              ELSE kind END;
CREATE MACRO role_v1p1(kind, i, h) AS
    CASE kind WHEN 'admin' THEN 'administrator' WHEN 'aide' THEN 'aide' ELSE role_of(kind, i, h) END;

CREATE MACRO users_on(day, astir_only) AS TABLE
SELECT id AS "sourcedId",
    CASE WHEN h % 50 = 0 THEN 'false' ELSE 'true' END AS "enabledUser",
    org_id(school) || CASE WHEN other_school IS NULL THEN '' ELSE ',' || org_id(other_school) END AS "orgSourcedIds",
    role_v1p1(kind, i, h) AS "role",
    getvariable('given_slugs')[given] || (100001 + person) AS "username",
    '{SIS:' || (500001 + person) || '}'
        || CASE WHEN g % 3 = 0 THEN ',{LDAP:' || getvariable('given_slugs')[given] || (100001 + person) || '}'
                ELSE '' END AS "userIds",
    getvariable('given')[given] AS "givenName",
    getvariable('family')[family_name]
        || CASE WHEN second_name IS NULL THEN '' ELSE '-' || getvariable('family')[second_name] END AS "familyName",
    CASE WHEN middle_name IS NULL THEN '' ELSE getvariable('given')[middle_name] END AS "middleName",
    CASE WHEN kind = 'guardian' THEN '' ELSE (9000001 + person)::VARCHAR END AS "identifier",
    CASE WHEN kind = 'guardian' AND h % 12 = 0 THEN ''
         ELSE getvariable('given_slugs')[given] || '.' || getvariable('family_slugs')[family_name]
              || CASE WHEN second_name IS NULL THEN '' ELSE '-' || getvariable('family_slugs')[second_name] END
              || (100001 + person)
              || CASE kind WHEN 'student' THEN '@students.example.org'
                           WHEN 'guardian' THEN '@mail.example.net' ELSE '@example.org' END END AS "email",
    CASE WHEN kind = 'guardian' THEN '+1-555-01' || (10 + h % 90) ELSE '' END AS "sms",
    CASE WHEN kind = 'student' THEN '' ELSE '+1-555-01' || (10 + (h >> 7) % 90) END AS "phone",
    CASE WHEN family IS NULL THEN ''
         WHEN kind = 'guardian' THEN child_ids(family, turn) ELSE guardian_ids(family, turn) END AS "agentSourcedIds",
    CASE WHEN kind = 'student' THEN grade_code(level_of(school), grade) ELSE '' END AS "grades",
    '' AS "password",
    CASE WHEN h % 2 = 0 THEN 'm-' || (700001 + person) ELSE '' END AS "userMasterIdentifier",
    CASE WHEN g % 17 = 0 THEN upper(left(getvariable('given_slugs')[given], 1)) || '.' ELSE '' END
        AS "preferredGivenName",
    '' AS "preferredMiddleName",
    '' AS "preferredFamilyName",
    org_id(school) AS "primaryOrgSourcedId",
    CASE WHEN g % 23 = 0 THEN 'they/them' ELSE '' END AS "pronouns"
FROM holders(day, astir_only);

-- One primary role for each person and org.
CREATE MACRO roles_on(day, astir_only) AS TABLE
SELECT 'r-' || (100001 + person) || '-' || (1001 + org) AS "sourcedId",
    id AS "userSourcedId",
    'primary' AS "roleType",
    role_of(kind, i, h) AS "role",
    '' AS "beginDate",
    '' AS "endDate",
    org_id(org) AS "orgSourcedId",
    '' AS "userProfileSourcedId"
FROM (
    SELECT person, id, kind, i, h,
        unnest(CASE WHEN other_school IS NULL THEN [school] ELSE [school, other_school] END) AS org
    FROM holders(day, astir_only)
);

-- Eight children in ten are of one race; the last two in sixteen are of two.
CREATE MACRO flag(yes) AS CASE WHEN yes THEN 'true' ELSE 'false' END;
CREATE MACRO demographics_on(day, astir_only) AS TABLE
SELECT id AS "sourcedId",
    (make_date(getvariable('school_year') - 7 - first_grade(level_of(school)) - grade, 9, 1)
        + ((g >> 27) % 364)::INTEGER)::VARCHAR AS "birthDate",
    CASE WHEN h % 2 = 0 THEN 'female' ELSE 'male' END AS "sex",
    flag(race = 0) AS "americanIndianOrAlaskaNative",
    flag(race IN (1, 2, 14)) AS "asian",
    flag(race IN (3, 4, 5, 15)) AS "blackOrAfricanAmerican",
    flag(race = 6) AS "nativeHawaiianOrOtherPacificIslander",
    flag(race > 6) AS "white",
    flag(race IN (14, 15)) AS "demographicRaceTwoOrMoreRaces",
    flag((g >> 40) % 4 = 0) AS "hispanicOrLatinoEthnicity",
    getvariable('countries')[1 + (g >> 44) % 8] AS "countryOfBirthCode",
    CASE WHEN (g >> 44) % 8 > 4 THEN '' ELSE getvariable('states')[1 + (g >> 47) % 8] END
        AS "stateOfBirthAbbreviation",
    getvariable('cities')[1 + (g >> 50) % 8] AS "cityOfBirth",
    CASE WHEN h % 5 = 0 THEN '' ELSE '01652' END AS "publicSchoolResidenceStatus"
FROM (SELECT *, (g >> 36) % 16 AS race FROM holders(day, astir_only) WHERE kind = 'student');

-- A student's seats: one a slot, in the section that the student's grade and luck point at, moved on by each move.
CREATE MACRO seats_on(day, astir_only) AS TABLE
WITH seat AS (
    SELECT person, id, school, h, moves, came, grade, luck, loads, level_of(school) AS level,
        unnest(range(loads)) AS slot
    FROM (
        SELECT *, draw('luck|' || n || '|' || turn) AS luck,
            CASE WHEN (g >> 20) % 1000 < getvariable('full_loads') THEN getvariable('slots')
                 ELSE getvariable('slots') - 1 END AS loads
        FROM holders(day, astir_only) WHERE kind = 'student'
    )
), moved AS (
    SELECT *, turns(moves, (slot + loads - h % loads) % loads, loads) AS move FROM seat
), placed AS (
    SELECT *, ((grade * 32 + (luck >> (slot * 5)) % 32) * getvariable('sections') // (grades_in(level) * 32) + move)
        % getvariable('sections') AS section
    FROM moved
)
SELECT 'e-' || (100001 + person) || '-' || slot || '-' || move AS "sourcedId",
    class_id((school * getvariable('slots') + slot) * getvariable('sections') + section) AS "classSourcedId",
    org_id(school) AS "schoolSourcedId",
    id AS "userSourcedId",
    'student' AS "role",
    '' AS "primary",
    greatest(term_start(level, slot), least(term_end(level, slot) - 1, getvariable('year_start') + came::INTEGER))
        ::VARCHAR AS "beginDate",
    term_end(level, slot)::VARCHAR AS "endDate"
FROM placed;

-- Each class has one primary teacher; one in ten has another beside.
CREATE MACRO posts_on(day) AS TABLE
SELECT 'e-' || class_id(i) || '-' || post || '-' || swaps AS "sourcedId",
    class_id(i) AS "classSourcedId",
    org_id(school) AS "schoolSourcedId",
    user_id(CASE post WHEN 0 THEN teacher ELSE co_teacher END) AS "userSourcedId",
    'teacher' AS "role",
    flag(post = 0) AS "primary",
    '' AS "beginDate",
    '' AS "endDate"
FROM (
    SELECT *, unnest(CASE WHEN h % 10 = 0 AND teacher <> co_teacher THEN [0, 1] ELSE [0] END) AS post
    FROM classes_held(day)
)
ORDER BY i, post;
