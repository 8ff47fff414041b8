#include "exchange/study.h"

#include <inttypes.h>

#include "core/crypto.h"
#include "core/ulid.h"
#include "exchange/exchange.h"
#include "exchange/fact.h"

struct found_study {
    const char *id;
    struct bytes content;
};

static const struct field found_fields[] = {
    FIELD(struct found_study, id),
    FIELD(struct found_study, content),
    FIELD_END,
};

struct found_cheating {
    struct day found_on;
};

static const struct field found_cheating_fields[] = {
    FIELD(struct found_cheating, found_on),
    FIELD_END,
};

enum {
    INSERT_STUDY,
    FIND_STUDY,
    INSERT_CHEATING,
    FIND_CHEATING,
    INSERT_EXAMINATION,
    FIND_EXAMINATION,
    STATEMENTS_END
};

const struct statement study_sql[] = {
    [INSERT_STUDY] = {.sql = "INSERT INTO driver_study (id, agency, record_no, person_id, kind,"
                             "  begun_on, ended_on, minutes, is_passed, content, observed_at,"
                             "  received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_STUDY] = {.sql = "SELECT id, content FROM driver_study"
                           "  WHERE agency = ? AND record_no = ?",
                    ROWS(struct found_study, found_fields)},
    [INSERT_CHEATING] = {.sql = "INSERT INTO study_cheating (study_id, found_on, observed_at,"
                                "  received_at) VALUES (?, ?, ?, ?)"},
    [FIND_CHEATING] = {.sql = "SELECT found_on FROM study_cheating WHERE study_id = ?",
                       ROWS(struct found_cheating, found_cheating_fields)},
    [INSERT_EXAMINATION] = {.sql = "INSERT INTO driver_examination (id, agency, record_no,"
                                   "  person_id, subject, taken_on, is_passed, content,"
                                   "  observed_at, received_at)"
                                   "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_EXAMINATION] = {.sql = "SELECT id, content FROM driver_examination"
                                 "  WHERE agency = ? AND record_no = ?",
                          ROWS(struct found_study, found_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static struct bytes digest(struct request *r, const char *text)
{
    unsigned char *hash = arena_alloc(r->arena, SHA256_SIZE);

    sha256(bytes_of(text), hash);
    return (struct bytes){hash, SHA256_SIZE};
}

static enum error find_driver(struct request *r, const struct id_no *id_no, const char **person_id)
{
    enum error error = find_person(r, id_no->text, person_id);

    return error == E_NOT_FOUND ? refuse(r, PERSON_UNKNOWN, VALUES("id_no", *id_no)) : error;
}

/* The number was there already. */
static enum error compare(struct request *r, const struct found_study *found, struct bytes content,
                          bool *known)
{
    *known = true;
    return bytes_equal(found->content, content) ? E_OK
                                                : refuse(r, RECORD_DIFFERS, VALUES("record_no"));
}

enum error apply_study(struct request *r, const char *source, const struct study_line *line,
                       bool *known)
{
    const char *person_id;
    struct found_study found;
    struct bytes content;
    enum error error;

    TRY(find_driver(r, &line->id_no, &person_id));
    content = digest(r, arena_printf(r->arena, "%s\n%s\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%d",
                                     person_id, line->kind, line->begun_on.number,
                                     line->ended_on.number, line->minutes, line->is_passed));
    *known = false;
    error = db_run(r, &study_sql[INSERT_STUDY],
                   VALUES(ulid_new(r), source, line->record_no, person_id, line->kind,
                          line->begun_on, line->ended_on, line->minutes, line->is_passed, content,
                          line->observed_at, r->now));
    if (error != E_EXISTS)
        return error;
    TRY(db_one(r, &study_sql[FIND_STUDY], &found, VALUES(source, line->record_no)));
    return compare(r, &found, content, known);
}

enum error apply_cheating(struct request *r, const char *source, const struct cheating_line *line,
                          bool *known)
{
    struct found_study study;
    struct found_cheating found;
    enum error error = db_one(r, &study_sql[FIND_STUDY], &study, VALUES(source, line->record_no));

    if (error == E_NOT_FOUND)
        return refuse(r, STUDY_UNKNOWN, VALUES("record_no", line->record_no));
    TRY(error);
    error = db_run(r, &study_sql[INSERT_CHEATING],
                   VALUES(study.id, line->found_on, line->observed_at, r->now));
    *known = error == E_EXISTS;
    if (!*known)
        return error;
    TRY(db_one(r, &study_sql[FIND_CHEATING], &found, VALUES(study.id)));
    return found.found_on.number == line->found_on.number
               ? E_OK
               : refuse(r, RECORD_DIFFERS, VALUES("record_no"));
}

enum error apply_examination(struct request *r, const char *source,
                             const struct examination_line *line, bool *known)
{
    const char *person_id;
    struct found_study found;
    struct bytes content;
    enum error error;

    TRY(find_driver(r, &line->id_no, &person_id));
    content = digest(r, arena_printf(r->arena, "%s\n%s\n%" PRId64 "\n%d", person_id, line->subject,
                                     line->taken_on.number, line->is_passed));
    *known = false;
    error = db_run(r, &study_sql[INSERT_EXAMINATION],
                   VALUES(ulid_new(r), source, line->record_no, person_id, line->subject,
                          line->taken_on, line->is_passed, content, line->observed_at, r->now));
    if (error != E_EXISTS)
        return error;
    TRY(db_one(r, &study_sql[FIND_EXAMINATION], &found, VALUES(source, line->record_no)));
    return compare(r, &found, content, known);
}
