-- All chance comes from md5 over text: 60 bits of it, the same on every machine and in every DuckDB version.
CREATE MACRO draw(word) AS ('0x' || left(md5(getvariable('seed') || '|' || word), 15))::BIGINT;

-- How often something of this period has happened by day number d (0 is the first day); its phase says when first.
CREATE MACRO turns(d, phase, period) AS
    CASE WHEN period = 0 THEN 0 ELSE (d + period - 1 - phase) // period END;
CREATE MACRO phase_of(chance, period) AS CASE WHEN period = 0 THEN 0 ELSE chance % period END;

CREATE MACRO org_id(school) AS CASE WHEN school IS NULL THEN '' ELSE 'o-' || (1001 + school) END;
CREATE MACRO user_id(person) AS 'u-' || (100001 + person);
CREATE MACRO class_id(class) AS 'c-' || (10001 + class);
CREATE MACRO course_id(school, slot, grade) AS
    'k-' || (10001 + (school * getvariable('slots') + slot) * 6 + grade);

-- Levels: 0 elementary, 1 middle, 2 high. A grade is its index within the level.
CREATE MACRO level_of(school) AS [0, 2, 1, 0][1 + school % 4];
CREATE MACRO grades_in(level) AS [6, 3, 4][1 + level];
CREATE MACRO first_grade(level) AS [0, 6, 9][1 + level];
CREATE MACRO grade_code(level, grade) AS
    ['KG', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'][1 + first_grade(level) + grade];

-- A class in slot 8 takes the first term alone, one in slot 9 the last, any other all of them.
CREATE MACRO terms_of(level, slot) AS
    CASE WHEN level = 0 THEN
        CASE slot WHEN 8 THEN ['-t1'] WHEN 9 THEN ['-t3'] ELSE ['-t1', '-t2', '-t3'] END
    ELSE
        CASE slot WHEN 8 THEN ['-s1'] WHEN 9 THEN ['-s2'] ELSE ['-s1', '-s2'] END
    END;
CREATE MACRO term_ids(level, slot) AS
    array_to_string(list_transform(terms_of(level, slot), lambda t: 'as-' || getvariable('school_year') || t), ',');
CREATE MACRO term_start(level, slot) AS
    CASE WHEN slot <> 9 THEN getvariable('year_start')
         WHEN level = 0 THEN getvariable('last_term_start') ELSE getvariable('last_semester_start') END;
CREATE MACRO term_end(level, slot) AS
    CASE WHEN slot <> 8 THEN getvariable('year_end')
         WHEN level = 0 THEN getvariable('first_term_end') ELSE getvariable('first_semester_end') END;

CREATE MACRO subject(level, slot) AS getvariable('subjects')[1 + level * 12 + slot];
CREATE MACRO subject_code(level, slot) AS getvariable('subject_codes')[1 + level * 12 + slot];

-- One cell of a CSV line (RFC 4180).
CREATE MACRO cell(word) AS
    CASE WHEN contains(word, ',') OR contains(word, '"') THEN '"' || replace(word, '"', '""') || '"' ELSE word END;
