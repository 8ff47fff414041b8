/* Camera records and decisions made on the street: inserted once, never changed. The same number
   with the same content is a repetition, with another content a contradiction. */

#include "exchange/fact.h"

#include <inttypes.h>

#include "casework/event.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/ulid.h"
#include "exchange/exchange.h"

struct found_content {
    struct bytes content;
};

static const struct field found_content_fields[] = {
    FIELD(struct found_content, content),
    FIELD_END,
};

enum { INSERT_CAMERA, FIND_CAMERA, INSERT_STREET, FIND_STREET, STATEMENTS_END };

const struct statement violation_sql[] = {
    [INSERT_CAMERA] = {.sql = "INSERT INTO camera_record (id, agency, record_no, plate_type, plate,"
                              "  occurred_at, place, code, measured, allowed, evidence_sha256,"
                              "  accident, content, observed_at, received_at)"
                              "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_CAMERA] = {.sql = "SELECT content FROM camera_record WHERE agency = ? AND record_no = ?",
                     ROWS(struct found_content, found_content_fields)},
    [INSERT_STREET] = {.sql = "INSERT INTO street_decision (id, agency, decision_no, person_id,"
                              "  plate_type, plate, occurred_at, place, code, fine_fen, points,"
                              "  decided_on, served_on, officer_no, content, observed_at,"
                              "  received_at)"
                              "  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    [FIND_STREET] = {.sql = "SELECT content FROM street_decision WHERE decision_no = ?",
                     ROWS(struct found_content, found_content_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

static struct bytes digest(struct request *r, const char *text)
{
    unsigned char *hash = arena_alloc(r->arena, SHA256_SIZE);

    sha256(bytes_of(text), hash);
    return (struct bytes){hash, SHA256_SIZE};
}

/* What the record says; a line feed stands in no text. One without a word about an accident reads
   as it did before there was such a word. */
static struct bytes camera_content(struct request *r, const struct camera_line *line)
{
    const char *text =
        arena_printf(r->arena, "%s\n%s\n%" PRId64 "\n%s\n%s\n%" PRId64 "\n%" PRId64 "\n%s",
                     line->plate_type, line->plate, line->occurred_at.ms, line->place, line->code,
                     line->measured, line->allowed, line->evidence_sha256);

    if (line->accident != NULL)
        text = arena_printf(r->arena, "%s\n%s", text, line->accident);
    return digest(r, text);
}

static struct bytes street_content(struct request *r, const struct street_line *line,
                                   const char *person_id)
{
    return digest(r,
                  arena_printf(r->arena,
                               "%s\n%s\n%s\n%" PRId64 "\n%s\n%s\n%" PRId64 "\n%" PRId64 "\n%" PRId64
                               "\n%" PRId64 "\n%s",
                               person_id, line->plate_type, line->plate, line->occurred_at.ms,
                               line->place, line->code, line->fine_fen.fen, line->points,
                               line->decided_on.number, line->served_on.number, line->officer_no));
}

/* The number was there already. */
static enum error compare(struct request *r, const struct found_content *found,
                          struct bytes content, const char *field, bool *known)
{
    if (!bytes_equal(found->content, content))
        return refuse(r, RECORD_DIFFERS, VALUES(field));
    *known = true;
    return E_OK;
}

static enum error publish(struct request *r, const char *kind, const char *id, const char *code)
{
    return event_publish(r, "violation", kind, id,
                         arena_printf(r->arena, "{\"id\":\"%s\",\"code\":\"%s\"}", id, code));
}

enum error apply_camera(struct request *r, const char *source, const struct camera_line *line,
                        bool *known)
{
    const char *id = ulid_new(r);
    struct bytes content = camera_content(r, line);
    struct bytes evidence = hex_decode(r->arena, line->evidence_sha256);
    struct found_content found;
    enum error error;

    error = db_run(r, &violation_sql[INSERT_CAMERA],
                   VALUES(id, source, line->record_no, line->plate_type, line->plate,
                          line->occurred_at, line->place, line->code, line->measured, line->allowed,
                          evidence, line->accident, content, line->observed_at, r->now));
    if (error == E_OK) {
        *known = false;
        return publish(r, "camera_record", id, line->code);
    }
    if (error != E_EXISTS)
        return error;
    TRY(db_one(r, &violation_sql[FIND_CAMERA], &found, VALUES(source, line->record_no)));
    return compare(r, &found, content, "record_no", known);
}

static enum error insert_street(struct request *r, const char *source,
                                const struct street_line *line, const char *person_id,
                                struct bytes content)
{
    const char *id = ulid_new(r);

    TRY(db_run(r, &violation_sql[INSERT_STREET],
               VALUES(id, source, line->decision_no, person_id, line->plate_type, line->plate,
                      line->occurred_at, line->place, line->code, line->fine_fen, line->points,
                      line->decided_on, line->served_on, line->officer_no, content,
                      line->observed_at, r->now)));
    return publish(r, "street_decision", id, line->code);
}

enum error apply_street(struct request *r, const char *source, const struct street_line *line,
                        bool *known)
{
    struct found_content found;
    struct bytes content;
    const char *person_id;
    enum error error = find_person(r, line->id_no.text, &person_id);

    if (error == E_NOT_FOUND)
        return refuse(r, PERSON_UNKNOWN, VALUES("id_no", line->id_no));
    TRY(error);
    *known = false;
    content = street_content(r, line, person_id);
    error = insert_street(r, source, line, person_id, content);
    if (error != E_EXISTS)
        return error;
    TRY(db_one(r, &violation_sql[FIND_STREET], &found, VALUES(line->decision_no)));
    return compare(r, &found, content, "decision_no", known);
}
