#include "violation/stop.h"

#include <inttypes.h>

#include "casework/tell.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/log.h"
#include "core/ulid.h"
#include "violation/state.h"
#include "violation/walk.h"

#define KIND "licence_stopped" /* of what is told, and of the walk */

enum { BATCH = 100, TERM_MAX = 100 };

const struct param stops_params[] = {
    PARAM(struct stops_input, after, .source = QUERY, .max = ULID_SIZE, .check = is_ulid,
          .optional = true),
    PARAM(struct stops_input, limit, .source = QUERY, .min = 1, .max = 100, .optional = true),
    PARAM_END,
};

const struct field licence_stop_fields[] = {
    FIELD(struct licence_stop, id),       FIELD(struct licence_stop, decision_no),
    FIELD(struct licence_stop, begin_by), FIELD(struct licence_stop, stopped_on),
    FIELD(struct licence_stop, source),   FIELD_END,
};

struct opened {
    const char *decision_no, *person_id;
};

static const struct field opened_fields[] = {
    FIELD(struct opened, decision_no),
    FIELD(struct opened, person_id),
    FIELD_END,
};

struct stopped {
    const char *id, *person_id;
};

static const struct field stopped_fields[] = {
    FIELD(struct stopped, id),
    FIELD(struct stopped, person_id),
    FIELD_END,
};

struct notice {
    struct instant opened_at;
};

static const struct field notice_fields[] = {FIELD(struct notice, opened_at), FIELD_END};

enum {
    LIST_OPENED,
    LIST_STOPPED,
    FIND_STOP,
    FIND_NOTICE,
    LIST_STOPS,
    INSERT_STOP,
    INSERT_END,
    STATEMENTS_END
};

#define STOP "s.id, s.decision_no, s.begin_by, s.stopped_on, s.source FROM licence_stop s"
#define NOT_ENDED "  LEFT JOIN licence_stop_end e ON e.stop_id = s.id"

const struct statement stop_sql[] = {
    [LIST_OPENED] = {.sql = "SELECT decision_no, person_id FROM full_study"
                            "  WHERE opened_at >= ? AND opened_at < ? AND decision_no > ?"
                            "  ORDER BY decision_no LIMIT ?",
                     ROWS(struct opened, opened_fields)},
    [LIST_STOPPED] = {.sql = "SELECT s.id, s.person_id FROM licence_stop s" NOT_ENDED
                             "  WHERE s.id > ? AND e.stop_id IS NULL ORDER BY s.id LIMIT ?",
                      ROWS(struct stopped, stopped_fields)},
    [FIND_STOP] = {.sql = "SELECT " STOP NOT_ENDED
                          "  WHERE s.person_id = ? AND e.stop_id IS NULL ORDER BY s.id LIMIT 1",
                   ROWS(struct licence_stop, licence_stop_fields)},
    [FIND_NOTICE] = {.sql = "SELECT opened_at FROM full_study WHERE person_id = ?"
                            "  ORDER BY opened_at DESC LIMIT 1",
                     ROWS(struct notice, notice_fields)},
    [LIST_STOPS] = {.sql = "SELECT " STOP NOT_ENDED
                           "  WHERE s.id < ? AND e.stop_id IS NULL ORDER BY s.id DESC LIMIT ?",
                    ROWS(struct licence_stop, licence_stop_fields)},
    [INSERT_STOP] = {.sql = "INSERT INTO licence_stop (id, decision_no, person_id, begin_by,"
                            "  stopped_on, source, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)"},
    [INSERT_END] = {.sql = "INSERT INTO licence_stop_end (stop_id, ended_on, recorded_at)"
                           "  VALUES (?, ?, ?)"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* ---- who is stopped ---- */

struct judging {
    struct day today;
    struct day opened_on, begin_by;
    const char *source;
    int64_t stopped;
    bool is_over;
};

static enum error find_term(struct request *r, struct judging *judging)
{
    return find_term_end(r, "study.begin", judging->opened_on, judging->opened_on,
                         &judging->begin_by, &judging->source);
}

static enum error stop(struct request *r, const struct judging *judging, const struct opened *study)
{
    TRY(db_run(r, &stop_sql[INSERT_STOP],
               VALUES(ulid_new(r), study->decision_no, study->person_id, judging->begin_by,
                      judging->today, judging->source, r->now)));
    return tell_person(r, &(struct telling){
                              .kind = KIND,
                              .subject = study->decision_no,
                              .person_id = study->person_id,
                              .about = study->decision_no,
                              .values = TOLD("day", day_words(r->arena, judging->begin_by)),
                          });
}

static enum error judge(struct request *r, struct judging *judging, const struct opened *study)
{
    struct licence_stop before;
    struct driver driver;
    enum error stopped;

    TRY(load_driver(r, study->person_id, &driver));
    if (driver.licence.id == NULL || !driver.state.is_full || is_study_begun(&driver))
        return E_OK;
    stopped = find_stop(r, study->person_id, &before);
    if (stopped != E_NOT_FOUND)
        return stopped; /* once is enough */
    judging->stopped++;
    return stop(r, judging, study);
}

/* It begins with those whose term ends today: what was over before is no news. */
static enum error begin(struct request *r, struct judging *judging, struct walk *walk)
{
    judging->opened_on = judging->today;
    for (int i = 0; i < TERM_MAX; i++, judging->opened_on.number--) {
        TRY(find_term(r, judging));
        if (judging->begin_by.number < judging->today.number)
            break;
    }
    return walk_begin(r, KIND, (struct day){judging->opened_on.number + 1}, walk);
}

static enum error judge_batch(struct request *r, void *product)
{
    struct judging *judging = product;
    const struct opened *study;
    struct records rows;
    struct walk walk;
    enum error found = walk_lock(r, KIND, &walk);

    judging->stopped = 0;
    if (found == E_NOT_FOUND)
        found = begin(r, judging, &walk);
    TRY(found);
    judging->opened_on = walk.day;
    TRY(find_term(r, judging));
    judging->is_over = judging->begin_by.number >= judging->today.number;
    if (judging->is_over)
        return E_OK;
    TRY(db_many(r, &stop_sql[LIST_OPENED], &rows,
                VALUES(day_start(walk.day), day_start((struct day){walk.day.number + 1}),
                       walk.after, (int64_t)BATCH)));
    study = rows.items;
    for (size_t i = 0; i < rows.count; i++) {
        walk.after = study[i].decision_no;
        TRY(judge(r, judging, &study[i]));
    }
    if (rows.count < BATCH)
        walk = (struct walk){{walk.day.number + 1}, ""};
    return walk_move(r, KIND, &walk);
}

/* ---- who is so no longer ---- */

struct ending {
    struct day today;
    char after_id[ULID_SIZE + 1], last_id[ULID_SIZE + 1];
    bool is_over;
};

static enum error end_batch(struct request *r, void *product)
{
    struct ending *ending = product;
    const struct stopped *one;
    struct records rows;

    TRY(db_many(r, &stop_sql[LIST_STOPPED], &rows, VALUES(ending->after_id, (int64_t)BATCH)));
    one = rows.items;
    for (size_t i = 0; i < rows.count; i++) {
        struct driver driver;

        TRY(load_driver(r, one[i].person_id, &driver));
        if (driver.licence.id == NULL || !driver.state.is_full)
            TRY(db_run(r, &stop_sql[INSERT_END], VALUES(one[i].id, ending->today, r->now)));
    }
    ending->is_over = rows.count < BATCH;
    if (!ending->is_over)
        snprintf(ending->last_id, sizeof(ending->last_id), "%s", one[rows.count - 1].id);
    return E_OK;
}

static enum error end_stops(struct request *r)
{
    struct ending ending = {.today = civil_day(r->now), .after_id = "", .last_id = ""};

    while (!ending.is_over) {
        TRY(job_step(r, end_batch, &ending));
        memcpy(ending.after_id, ending.last_id, sizeof(ending.after_id));
        if (!ending.is_over && !job_keep(r))
            return job_again_at(r, r->now);
    }
    return E_OK;
}

enum error stop_licences(struct request *r, const struct task *task)
{
    struct judging judging = {.today = civil_day(r->now)};

    (void)task;
    while (!judging.is_over) {
        TRY(job_step(r, judge_batch, &judging));
        if (judging.stopped > 0)
            log_info(r, "licences_stopped", "%" PRId64, judging.stopped);
        if (!judging.is_over && !job_keep(r))
            return job_again_at(r, r->now);
    }
    return end_stops(r);
}

/* ---- who may read of it ---- */

enum error find_stop(struct request *r, const char *person_id, struct licence_stop *stop)
{
    return db_one(r, &stop_sql[FIND_STOP], stop, VALUES(person_id));
}

enum error find_begin_by(struct request *r, const char *person_id, struct day *begin_by)
{
    struct judging judging = {.begin_by = {NONE}};
    struct notice notice;
    enum error found = db_one(r, &stop_sql[FIND_NOTICE], &notice, VALUES(person_id));

    if (found == E_OK) {
        judging.opened_on = civil_day(notice.opened_at);
        found = find_term(r, &judging);
    }
    *begin_by = judging.begin_by;
    return found == E_NOT_FOUND ? E_OK : found;
}

enum error list_stops(struct request *r)
{
    const struct stops_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    const struct licence_stop *stops;
    struct records rows;
    bool is_more;

    TRY(db_many(r, &stop_sql[LIST_STOPS], &rows, VALUES(page_below(in->after), limit + 1)));
    is_more = page_cut(&rows, limit);
    stops = rows.items;
    return reply_page(r, licence_stop_fields, sizeof(*stops), rows,
                      is_more ? stops[rows.count - 1].id : NULL);
}
