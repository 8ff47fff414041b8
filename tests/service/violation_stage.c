#include "service/violation_stage.h"

#include <pthread.h>

#include "core/clock.h"
#include "core/db.h"
#include "core/job.h"
#include "core/ulid.h"

static int count; /* of plates and decisions */

int begin_violation(void **state)
{
    begin_applications(state);
    set_clock("2026-11-22T02:00:00.000Z");
    return 0;
}

void sign_in(const char *person_id)
{
    citizen_again(person_id);
}

void add_licence(const char *person_id, const char *classes, const char *first_issued_on,
                 const char *valid_until, const char *state)
{
    database_run("INSERT INTO licence (id, person_id, file_no, key_id, classes, first_issued_on,"
                 " valid_until, state, source, observed_at) VALUES ('%s', '%s', 'sealed', 1, '%s',"
                 " '%s', '%s', '%s', 'vehicle', '2026-11-01')",
                 new_id(), person_id, classes, first_issued_on, valid_until, state);
}

struct citizen new_owner(void)
{
    struct citizen citizen = {new_id(), arena_printf(texts, "粤B%05d", ++count)};

    database_run("INSERT INTO vehicle (id, plate_type, plate, vin, owner_id, registered_on,"
                 " use_kind, source, observed_at) VALUES ('%s', '02', '%s', 'LSVAA49J132047371',"
                 " '%s', '2018-01-01', 'private', 'vehicle', '2026-11-01')",
                 new_id(), citizen.plate, citizen.person_id);
    sign_in(citizen.person_id);
    return citizen;
}

const char *new_lorry_of(const char *organisation_id)
{
    const char *plate = arena_printf(texts, "粤BL%04d", ++count);

    database_run("INSERT INTO vehicle (id, plate_type, plate, vin, organisation_id, registered_on,"
                 " use_kind, source, observed_at) VALUES ('%s', '02', '%s', 'LSVAA49J132047372',"
                 " '%s', '2018-01-01', 'goods', 'vehicle', '2026-11-01')",
                 new_id(), plate, organisation_id);
    return plate;
}

struct citizen new_driver(void)
{
    struct citizen citizen = new_owner();

    add_licence(citizen.person_id, "C1", "2012-07-20", "2034-07-20", "normal");
    return citizen;
}

void publish(const char *kind, const char *subject)
{
    database_run("INSERT INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
                 " VALUES ('%s', 'violation', '%s', '%s', 'exchange', '2026-01-01', '2026-01-01')",
                 new_id(), kind, subject);
}

void publish_again(const char *kind, const char *subject)
{
    database_run("UPDATE event SET state = 'ready', run_at = '2026-01-01', done_at = NULL"
                 " WHERE consumer = 'violation' AND kind = '%s' AND dedupe = '%s'",
                 kind, subject);
}

#define READY " FROM event WHERE consumer = 'violation' AND state = 'ready'"

enum error handle(const char *kind, const char *subject)
{
    const struct task task = {.id = new_id(), .kind = kind, .dedupe = subject};
    struct request *r = request_open(&asker.process);
    enum error error = E_NOT_FOUND;

    for (const struct job *event = service.events; event->name != NULL; event++)
        if (strcmp(event->name, kind) == 0)
            error = event->run(r, &task);
    request_close(r);
    return error;
}

/* Taking a lease is not rehearsed, for the one who lost the answer waits until it lapses. So the
   rehearsed bodies come first, and each event is handled once more in the ordinary way. */
static void handle_all_rehearsed(void)
{
    int64_t ready = database_number("SELECT COUNT(*)" READY);

    for (int64_t i = 0; i < ready; i++) {
        const char *kind =
            database_word("SELECT kind" READY " ORDER BY id LIMIT 1 OFFSET %lld", (long long)i);

        assert_int_equal(
            handle(kind, database_word("SELECT dedupe" READY " ORDER BY id LIMIT 1 OFFSET %lld",
                                       (long long)i)),
            E_OK);
    }
}

void consume(void)
{
    if (is_rehearsing)
        handle_all_rehearsed();
    db_rehearse(&asker.process, false);
    while (jobs_run_due(&asker.process))
        ;
    db_rehearse(&asker.process, is_rehearsing);
    assert_int_equal(database_number("SELECT COUNT(*) FROM event WHERE consumer = 'violation'"
                                     " AND state <> 'done'"),
                     0);
}

const char *insert_camera(const char *plate, const char *code, const char *day)
{
    const char *id = new_id();
    bool is_speed = strcmp(code, "1352") == 0;

    database_run("INSERT INTO camera_record (id, agency, record_no, plate_type, plate, occurred_at,"
                 " place, code, measured, allowed, evidence_sha256, content, observed_at,"
                 " received_at) VALUES ('%s', 'traffic', '%s', '02', '%s', '%s 00:12:00',"
                 " '深南大道由东向西市民中心段', '%s', %s, REPEAT('e', 32), REPEAT('c', 32),"
                 " '%s 12:00:00', '2026-11-20')",
                 id, id, plate, day, code, is_speed ? "69, 60" : "NULL, NULL", day);
    publish("camera_record", id);
    return id;
}

const char *case_of(const char *fact_id)
{
    return database_word("SELECT id FROM violation_case WHERE fact_id = '%s'", fact_id);
}

const char *camera_on(const char *plate, const char *code, const char *day)
{
    const char *fact_id = insert_camera(plate, code, day);

    consume();
    return case_of(fact_id);
}

const char *camera(const char *plate, const char *code)
{
    return camera_on(plate, code, "2026-11-18");
}

const char *insert_street(const char *person_id, const char *decision_no, const char *code,
                          int64_t fen, int64_t points, const char *served_on)
{
    const char *id = new_id();

    database_run("INSERT INTO street_decision (id, agency, decision_no, person_id, plate_type,"
                 " plate, occurred_at, place, code, fine_fen, points, decided_on, served_on,"
                 " officer_no, content, observed_at, received_at) VALUES ('%s', 'traffic', '%s',"
                 " '%s', '02', '粤BST123', '%s 06:00:00', '红荔路与彩田路路口', '%s', %lld, %lld,"
                 " '%s', '%s', '012345', REPEAT('c', 32), '%s 12:00:00', '2026-11-20')",
                 id, decision_no, person_id, served_on, code, (long long)fen, (long long)points,
                 served_on, served_on, served_on);
    publish("street_decision", id);
    return id;
}

const char *street(const char *person_id, const char *code, int64_t fen, int64_t points,
                   const char *served_on)
{
    const char *decision_no = arena_printf(texts, "4403041%08d0", ++count);
    const char *fact_id = insert_street(person_id, decision_no, code, fen, points, served_on);

    consume();
    return case_of(fact_id);
}

void settle(const char *obligation_id, int64_t fen, const char *at)
{
    database_run("INSERT INTO settlement (obligation_id, gw_txn_id, order_id, amount_fen,"
                 " settled_at) VALUES ('%s', '%s', '%s', %lld, '%s')",
                 obligation_id, new_id(), new_id(), (long long)fen, at);
    publish("obligation_settled", obligation_id);
}

int show(const char *id)
{
    return ask(&asker, "GET", arena_printf(texts, LIST "/%s", id), NULL);
}

int announce_it(const char *key, const char *id)
{
    asker.key = key;
    return ask(&asker, "POST", arena_printf(texts, LIST "/%s/announcement", id), "{}");
}

int confirm_it(const char *key, const char *id, const char *body)
{
    asker.key = key;
    return ask(&asker, "POST", arena_printf(texts, LIST "/%s/confirmation", id), body);
}

int confirm_plainly(const char *id)
{
    assert_int_equal(announce_it(arena_printf(texts, "a-%s", id), id), 201);
    return confirm_it(arena_printf(texts, "c-%s", id), id, NOTHING_TO_SAY);
}

static void *tap(void *given)
{
    struct tap *one = given;

    one->asker.key = "key-at-once";
    ask(&one->asker, "POST", one->path, one->body);
    return NULL;
}

void tap_both(struct tap taps[2], const char *person_id)
{
    pthread_t threads[2];

    for (int i = 0; i < 2; i++) {
        asker_open(&taps[i].asker);
        asker_sign_in(&taps[i].asker, new_id(), person_id, CITIZEN | VERIFIED);
    }
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, tap, &taps[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int tapped_both(struct tap taps[2], int status)
{
    int answered = 0;

    for (int i = 0; i < 2; i++) {
        answered += taps[i].asker.r->http_status == status;
        asker_close(&taps[i].asker);
    }
    return answered;
}
