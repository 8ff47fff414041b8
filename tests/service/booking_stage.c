#include "service/booking_stage.h"

#include "core/db.h"

static int keys;
const char *called_id;
static const char *officers[16];

int begin_queue(void **state)
{
    begin_applications(state);
    database_run("DELETE FROM booking_ticket");
    database_run("DELETE FROM booking_line_day");
    database_run("DELETE FROM booking_near_told");
    database_run("DELETE FROM booking_service_time");
    database_run("UPDATE booking_counter SET officer_id = NULL, opened_at = NULL,"
                 " ticket_id = NULL");
    return 0;
}

int post_again(const char *path, const char *body)
{
    asker.key = arena_printf(texts, "key-booking-%d", keys);
    return ask(&asker, "POST", arena_printf(texts, "/api/booking/%s", path), body);
}

int post(const char *path, const char *body)
{
    keys++;
    return post_again(path, body);
}

int take_at(const char *business, int64_t lat_e6, int64_t lon_e6)
{
    return post("halls/futian/tickets",
                arena_printf(texts, "{\"business\":\"%s\",\"lat_e6\":%lld,\"lon_e6\":%lld}",
                             business, (long long)lat_e6, (long long)lon_e6));
}

const char *taken_online(const char *business)
{
    citizen();
    assert_int_equal(take_at(business, 22541100, 114059500), 201);
    return answer_kept("id");
}

const char *taken_at_hall(const char *business)
{
    officer(FUTIAN, INTAKE);
    assert_int_equal(
        post("office/halls/futian/tickets", arena_printf(texts, "{\"business\":\"%s\"}", business)),
        201);
    return answer_kept("id");
}

void at_counter(int no)
{
    officer_again(officers[no], FUTIAN, INTAKE);
}

void seated(int no)
{
    officers[no] = new_id();
    at_counter(no);
    assert_int_equal(post(arena_printf(texts, "office/halls/futian/counters/%d/open", no), NULL),
                     200);
}

const char *called(int no)
{
    at_counter(no);
    if (post(arena_printf(texts, "office/halls/futian/counters/%d/call", no), NULL) != 200)
        return NULL;
    called_id = answer_kept("id");
    return answer_kept("number");
}

int desk(const char *id, const char *act)
{
    return post(arena_printf(texts, "office/tickets/%s/%s", id, act), NULL);
}

void served(int no, int seconds)
{
    assert_non_null(called(no));
    assert_int_equal(desk(called_id, "service"), 200);
    /* Time passes for the ticket, not for the sessions. */
    database_run("UPDATE booking_ticket SET called_at = called_at - INTERVAL %d SECOND"
                 " WHERE id = '%s'",
                 seconds, called_id);
    assert_int_equal(desk(called_id, "done"), 200);
}

const char *state_of_ticket(const char *id)
{
    return database_word("SELECT state FROM booking_ticket WHERE id = '%s'", id);
}
