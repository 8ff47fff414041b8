#include "service/violation_stage_holds.h"

#include "core/ulid.h"

static struct {
    int items, policies, keys;
    int64_t index; /* of the item that was looked for in the list */
} holds;

static const char *quoted(const char *text)
{
    return text == NULL ? "NULL" : arena_printf(texts, "'%s'", text);
}

struct held hold(struct hold hold)
{
    struct held held = {new_id(), arena_printf(texts, "HELD%06d", ++holds.items), hold.plate};

    database_run("INSERT INTO held_item (id, item_no, kind, plate_type, plate, person_id, reason,"
                 " decision_no, pound, held_on, noticed_on, suspended_until, state, source,"
                 " observed_at) VALUES ('%s', '%s', '%s', %s, %s, %s, '%s', %s, 'FT01',"
                 " '2026-11-10', %s, %s, 'held', 'pound', '2026-11-10 12:00:00')",
                 held.id, held.item_no, hold.kind, hold.plate == NULL ? "NULL" : "'02'",
                 quoted(hold.plate), quoted(hold.person_id), hold.reason, quoted(hold.decision_no),
                 quoted(hold.noticed_on), quoted(hold.suspended_until));
    return held;
}

struct held hold_vehicle(struct citizen citizen, const char *reason)
{
    return hold((struct hold){.kind = "vehicle",
                              .plate = citizen.plate,
                              .person_id = citizen.person_id,
                              .reason = reason,
                              .decision_no = fined(citizen.person_id)});
}

const char *fined(const char *person_id)
{
    return database_word("SELECT decision_no FROM violation_decision WHERE case_id = '%s'",
                         street(person_id, "1301", 20000, 3, "2026-11-10"));
}

void pay_fine(const char *decision_no)
{
    settle(database_word("SELECT obligation_id FROM violation_decision WHERE decision_no = '%s'",
                         decision_no),
           20000, "2026-11-22 01:00:00");
    consume();
}

void insure(const char *plate, const char *valid_from, const char *valid_to)
{
    const char *vin = arena_printf(texts, "LSVAA49J1%08d", ++holds.policies);

    if (database_number("SELECT COUNT(*) FROM vehicle_policy WHERE plate = '%s'", plate) == 0)
        database_run("UPDATE vehicle SET vin = '%s' WHERE plate = '%s'", vin, plate);
    database_run("INSERT INTO policy (id, policy_no, vin, valid_from, valid_to, state, source,"
                 " observed_at) SELECT '%s', 'POL%06d', vin, '%s', '%s', 'in_force', 'insurer',"
                 " '2026-11-20 12:00:00' FROM vehicle WHERE plate = '%s'",
                 new_id(), holds.policies, valid_from, valid_to, plate);
}

const char *release_form(struct held item)
{
    bool is_vehicle = strcmp(database_word("SELECT kind FROM held_item WHERE id = '%s'", item.id),
                             "vehicle") == 0;

    return arena_printf(
        texts, "\"item_no\":\"%s\",\"fetcher\":\"张三\",\"fetcher_id_tail\":\"801x\"%s",
        item.item_no, is_vehicle ? arena_printf(texts, ",\"plate\":\"%s\"", item.plate) : "");
}

/* The form for a scan asks for no plate. */
static const char *form_for(const char *code, struct held item)
{
    return strcmp(code, VEHICLE) == 0 ? release_form(item)
                                      : arena_printf(texts,
                                                     "\"item_no\":\"%s\",\"fetcher\":\"张三\","
                                                     "\"fetcher_id_tail\":\"8014\"",
                                                     item.item_no);
}

int look(struct held item)
{
    int status = ask(&asker, "GET", HELD, NULL);
    int64_t count = answer_count(&asker, "items");

    for (holds.index = 0; holds.index < count; holds.index++)
        if (strcmp(seen("item_no"), item.item_no) == 0)
            return status;
    return 404;
}

const char *seen(const char *way)
{
    return answer_text(&asker, arena_printf(texts, "items.%lld.%s", (long long)holds.index, way));
}

int64_t seen_number(const char *way)
{
    return answer_number(&asker, arena_printf(texts, "items.%lld.%s", (long long)holds.index, way));
}

const char *condition_seen(const char *code)
{
    for (int i = 0; seen(arena_printf(texts, "conditions.%d.code", i)) != NULL; i++) {
        const char *message = seen(arena_printf(texts, "conditions.%d.message", i));

        if (strcmp(seen(arena_printf(texts, "conditions.%d.code", i)), code) == 0)
            return message == NULL ? "met" : message;
    }
    return "not demanded";
}

const char *release(const char *code, struct held item)
{
    const char *id = filed(code, form_for(code, item));

    return database_word("SELECT permit_no FROM violation_permit WHERE application_id = '%s'", id);
}

int refuse_release(const char *code, struct held item)
{
    return submit(begin(code, form_for(code, item)));
}

const char *order_state(const char *order_no)
{
    assert_int_equal(
        ask(&asker, "GET", arena_printf(texts, "/api/violation/permits/%s", order_no), NULL), 200);
    return answer_kept("state");
}

void hand_over(const char *order_no, const char *item_no, const char *at)
{
    const char *id = new_id();

    database_run("INSERT INTO release_done (id, agency, order_no, item_no, released_at,"
                 " observed_at, received_at) VALUES ('%s', 'pound', '%s', '%s', '%s', '%s',"
                 " '2026-11-22')",
                 id, order_no, item_no, at, at);
    publish("release_done", id);
    consume();
}

int64_t audited(const char *act, const char *object)
{
    return database_number("SELECT COUNT(*) FROM violation_audit WHERE act = '%s'"
                           " AND object = '%s'",
                           act, object);
}
