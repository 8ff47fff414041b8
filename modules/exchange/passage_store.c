/* Sites, and passages by the hundred: no statement, event or transaction of their own. A record is
   the same when agency, number and moment are; then other content is a contradiction. */

#include "exchange/fact.h"

#include <inttypes.h>

#include "core/clock.h"
#include "exchange/exchange.h"

/* Of a passage among others; plate and kinds are NULL unless it is there already. */
struct looked_up {
    int64_t place; /* among the lines asked for */
    const char *site_kind;
    const char *plate_type, *plate, *site, *kind;
};

static const struct field looked_up_fields[] = {
    FIELD(struct looked_up, place),
    FIELD_OR_NULL(struct looked_up, site_kind),
    FIELD_OR_NULL(struct looked_up, plate_type),
    FIELD_OR_NULL(struct looked_up, plate),
    FIELD_OR_NULL(struct looked_up, site),
    FIELD_OR_NULL(struct looked_up, kind),
    FIELD_END,
};

enum { INSERTIONS_MAX = 5 };

enum { INSERT_SITE, UPDATE_SITE, LOOK_UP, INSERT_PASSAGES, STATEMENTS_END };

#define ASCII(size) "VARCHAR(" size ") CHARACTER SET ascii COLLATE ascii_bin"

const struct statement passage_sql[] = {
    [INSERT_SITE] = {.sql = "INSERT INTO passage_site (agency, code, name, kind, latitude,"
                            "  longitude, observed_at) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [UPDATE_SITE] = {.sql = "UPDATE passage_site SET name = ?, kind = ?, latitude = ?,"
                            "  longitude = ?, observed_at = ?, ver = ver + 1"
                            "  WHERE agency = ? AND code = ? AND observed_at < ?"},
    [LOOK_UP] =
        {.sql = "SELECT j.place, s.kind AS site_kind, p.plate_type, p.plate, p.site, p.kind"
                "  FROM JSON_TABLE(?, '$[*]' COLUMNS (place BIGINT PATH '$[0]',"
                "  record_no " ASCII(
                    "40") " PATH '$[1]',"
                          "  passed_at DATETIME(3) PATH '$[2]',"
                          "  site " ASCII(
                              "32") " PATH '$[3]')) AS j"
                                    "  LEFT JOIN passage_site s ON s.agency = ? AND s.code = j.site"
                                    "  LEFT JOIN plate_passage p ON p.agency = ?"
                                    "    AND p.record_no = j.record_no AND p.passed_at = "
                                    "j.passed_at LIMIT 999",
         ROWS(struct looked_up, looked_up_fields)},
    [INSERT_PASSAGES] = {.sql = "INSERT INTO plate_passage (plate_type, plate, passed_at, agency,"
                                "  record_no, site, kind)"
                                "  SELECT j.plate_type, j.plate, j.passed_at, ?, j.record_no,"
                                "  j.site, j.kind FROM JSON_TABLE(?, '$[*]' COLUMNS ("
                                "  record_no VARCHAR(40) PATH '$[1]',"
                                "  passed_at DATETIME(3) PATH '$[2]',"
                                "  site VARCHAR(32) PATH '$[3]', plate_type CHAR(2) PATH '$[4]',"
                                "  plate VARCHAR(16) PATH '$[5]',"
                                "  kind VARCHAR(8) PATH '$[6]')) AS j"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error apply_site(struct request *r, const char *source, const struct site_line *line,
                      bool *known)
{
    enum error inserted = db_run(r, &passage_sql[INSERT_SITE],
                                 VALUES(source, line->code, line->name, line->kind, line->latitude,
                                        line->longitude, line->observed_at));

    *known = false;
    if (inserted != E_EXISTS)
        return inserted;
    TRY(db_run(r, &passage_sql[UPDATE_SITE],
               VALUES(line->name, line->kind, line->latitude, line->longitude, line->observed_at,
                      source, line->code, line->observed_at)));
    *known = db_changed(r) == 0;
    return E_OK;
}

static int by_record(const void *a, const void *b)
{
    const struct line *one = (*(const struct bulk_line *const *)a)->line;
    const struct line *other = (*(const struct bulk_line *const *)b)->line;
    int order = strcmp(one->passage.record_no, other->passage.record_no);

    if (order == 0)
        order = (one->passage.passed_at.ms > other->passage.passed_at.ms) -
                (one->passage.passed_at.ms < other->passage.passed_at.ms);
    return order != 0 ? order : (one->no > other->no) - (one->no < other->no);
}

static bool is_same_record(const struct passage_line *a, const struct passage_line *b)
{
    return strcmp(a->record_no, b->record_no) == 0 && a->passed_at.ms == b->passed_at.ms;
}

/* The number was there already. */
static void compare(struct request *r, struct bulk_line *line, const struct looked_up *there)
{
    const struct passage_line *here = &line->line->passage;

    line->is_known = strcmp(here->plate, there->plate) == 0 &&
                     strcmp(here->plate_type, there->plate_type) == 0 &&
                     strcmp(here->site, there->site) == 0 && strcmp(here->kind, there->kind) == 0;
    if (line->is_known)
        return;
    reason(r, RECORD_DIFFERS, VALUES("record_no"));
    line->faults = faults_take(r);
}

/* What stands twice among the lines themselves; the first of them counts. */
static void find_repeated(struct request *r, struct bulk_line *lines, size_t count)
{
    struct bulk_line **sorted = arena_alloc(r->arena, (count + 1) * sizeof(*sorted));
    const struct passage_line *first;

    for (size_t i = 0; i < count; i++)
        sorted[i] = &lines[i];
    qsort(sorted, count, sizeof(*sorted), by_record);
    first = &sorted[0]->line->passage;
    for (size_t i = 1; i < count; i++) {
        const struct looked_up there = {0,           NULL,       first->plate_type, first->plate,
                                        first->site, first->kind};

        if (is_same_record(first, &sorted[i]->line->passage))
            compare(r, sorted[i], &there);
        else
            first = &sorted[i]->line->passage;
    }
}

static bool is_open(const struct bulk_line *line)
{
    return !line->is_known && line->faults == NULL;
}

/* What is neither known nor refused, as a table of JSON. Everything in it is canonical, so nothing
   needs to be escaped. NULL when nothing is left. */
static const char *open_lines(struct request *r, const struct bulk_line *lines, size_t count)
{
    enum { ROOM = 256 };
    char *json = arena_alloc(r->arena, count * ROOM + 2);
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        const struct passage_line *one = &lines[i].line->passage;
        const char *at = instant_to_text(r->arena, one->passed_at);

        if (is_open(&lines[i]))
            size += (size_t)snprintf(json + size, ROOM,
                                     "%c[%zu,\"%s\",\"%.23s\",\"%s\",\"%s\",\"%s\",\"%s\"]",
                                     size == 0 ? '[' : ',', i, one->record_no, at, one->site,
                                     one->plate_type, one->plate, one->kind);
    }
    json[size] = ']';
    return size == 0 ? NULL : json;
}

static bool is_of_site(const char *kind, const char *site_kind)
{
    return (strcmp(kind, "passage") == 0) == (strcmp(site_kind, "camera") == 0);
}

static void judge(struct request *r, struct bulk_line *line, const struct looked_up *found)
{
    const struct passage_line *here = &line->line->passage;

    if (found->kind != NULL) {
        compare(r, line, found);
        return;
    }
    if (found->site_kind == NULL)
        reason(r, SITE_UNKNOWN, VALUES("site", here->site));
    else if (!is_of_site(here->kind, found->site_kind))
        reason(r, SITE_KIND_DIFFERS, VALUES("kind", here->kind, found->site_kind));
    line->faults = faults_take(r);
}

static enum error look_up(struct request *r, const char *source, struct bulk_line *lines,
                          size_t count)
{
    struct records found;
    const struct looked_up *row;
    const char *json = open_lines(r, lines, count);

    if (json == NULL)
        return E_OK;
    TRY(db_many(r, &passage_sql[LOOK_UP], &found, VALUES(json, source, source)));
    row = found.items;
    for (size_t i = 0; i < found.count; i++, row++)
        judge(r, &lines[row->place], row);
    return E_OK;
}

/* Another batch may bring the same records at this moment: what it was quicker with is known then.
 */
enum error apply_passages(struct request *r, const char *source, struct bulk_line *lines,
                          size_t count)
{
    enum error inserted = E_EXISTS;

    if (count == 0)
        return E_OK;
    find_repeated(r, lines, count);
    for (int i = 0; i < INSERTIONS_MAX && inserted == E_EXISTS; i++) {
        const char *json;

        TRY(look_up(r, source, lines, count));
        json = open_lines(r, lines, count);
        inserted =
            json == NULL ? E_OK : db_run(r, &passage_sql[INSERT_PASSAGES], VALUES(source, json));
    }
    return inserted;
}
