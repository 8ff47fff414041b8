/* What a line must be by itself: identifiers, dates, their order. No table is asked. */

#include "exchange/line.h"

#include "casework/identifier.h"
#include "casework/utf8.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "exchange/exchange.h"

/* Agencies' clocks may be a little ahead of ours. */
#define AHEAD_MS (10 * MINUTE_MS)

/* What the tables hold. */
enum { PLACE_LETTERS = 120, ORGANISATION_LETTERS = 100 };

/* Who is younger when he acts is not punished: Penalty Law (2021) article 30. */
enum { PUNISHED_FROM_AGE = 14 };

/* Puts the identifier into canonical form; a malformed one becomes a reason and stays as it is. */
static void take_identifier(struct request *r, const char *field, const char **text,
                            bool (*check)(const char *))
{
    const char *form;

    if (*text == NULL)
        return;
    form = canonical(r->arena, *text);
    if (form == NULL || !check(form))
        reason(r, FIELD_INVALID, VALUES(field, *text));
    else
        *text = form;
}

static void take_phone(struct request *r, struct phone *phone)
{
    const char *form = phone->text == NULL ? NULL : canonical(r->arena, phone->text);

    if (phone->text == NULL)
        return;
    if (form == NULL || !is_mobile(form))
        reason(r, FIELD_INVALID, VALUES("phone", *phone));
    else
        phone->text = form;
}

const char *canonical_id_no(struct request *r, const char *field, const char *text)
{
    const char *form = canonical(r->arena, text);

    if (form != NULL && is_id_no_on(form, civil_day(r->now)))
        return form;
    reason(r, FIELD_INVALID, VALUES(field, ((struct id_no){text})));
    return NULL;
}

static void take_id_no(struct request *r, const char *field, struct id_no *id_no)
{
    if (id_no->text != NULL)
        id_no->text = canonical_id_no(r, field, id_no->text);
}

/* Each way to write the middle dot of a foreign name, as UTF-8. */
static size_t dot_size(const char *text)
{
    static const char *const dots[] = {"·", "・", "•", "‧", "･"};

    for (size_t i = 0; i < sizeof(dots) / sizeof(*dots); i++)
        if (strncmp(text, dots[i], strlen(dots[i])) == 0)
            return strlen(dots[i]);
    return 0;
}

const char *canonical_name(struct arena *arena, const char *text)
{
    static const char dot[] = "·";
    char *name = arena_alloc(arena, strlen(text) + 1);
    size_t size = 0;

    for (text += strspn(text, " "); *text != '\0';) {
        size_t skipped = dot_size(text);

        if (skipped > 0) {
            memcpy(name + size, dot, strlen(dot));
            size += strlen(dot);
            text += skipped;
        } else {
            name[size++] = *text++;
        }
    }
    while (size > 0 && name[size - 1] == ' ')
        size--;
    name[size] = '\0';
    return name;
}

static void check_not_future(struct request *r, const char *field, struct instant at)
{
    if (at.ms != NONE && at.ms > r->now.ms + AHEAD_MS)
        reason(r, IN_FUTURE, VALUES(field, at));
}

static void check_not_tomorrow(struct request *r, const char *field, struct day day)
{
    if (day.number != NONE && day.number > civil_day(r->now).number)
        reason(r, IN_FUTURE, VALUES(field, day));
}

static void check_order(struct request *r, const char *first, struct day first_day,
                        const char *then, struct day then_day)
{
    if (first_day.number != NONE && then_day.number != NONE && first_day.number > then_day.number)
        reason(r, DATES_CROSSED, VALUES(first, first_day, then, then_day));
}

/* One in the future was named already; the last of them have no civil day. */
static struct day day_or_none(const struct request *r, struct instant at)
{
    return at.ms == NONE || at.ms > r->now.ms + AHEAD_MS ? (struct day){NONE} : civil_day(at);
}

static void check_choice(struct request *r, const char *field, const char *text,
                         const char *const *choices)
{
    if (text != NULL && !is_one_of(text, choices))
        reason(r, FIELD_INVALID, VALUES(field, text));
}

void check_person(struct request *r, struct person_line *line)
{
    if (line->name != NULL) {
        line->name = canonical_name(r->arena, line->name);
        if (!is_person_name(line->name))
            reason(r, FIELD_INVALID, VALUES("name"));
    }
    take_id_no(r, "id_no", &line->id_no);
    take_phone(r, &line->phone);
    check_not_future(r, "observed_at", line->observed_at);
}

/* Wide letters of a name stay, since it is shown as registered; only blanks around it go. */
static bool is_organisation_name(const char *text)
{
    size_t count = utf8_count(text);

    return count >= 2 && count <= ORGANISATION_LETTERS && strpbrk(text, "\n\r\t<>") == NULL;
}

void check_organisation(struct request *r, struct organisation_line *line)
{
    static const char *const states[] = {"active", "revoked", "cancelled", NULL};

    take_identifier(r, "credit_code", &line->credit_code, is_credit_code);
    if (line->name != NULL) {
        line->name = canonical_name(r->arena, line->name);
        if (!is_organisation_name(line->name))
            reason(r, FIELD_INVALID, VALUES("name"));
    }
    take_id_no(r, "representative_id_no", &line->representative_id_no);
    check_choice(r, "state", line->state, states);
    check_not_future(r, "observed_at", line->observed_at);
}

void check_vehicle(struct request *r, struct vehicle_line *line)
{
    static const char *const uses[] = {"private", "company",    "taxi",    "coach",
                                       "goods",   "school_bus", "special", NULL};

    take_identifier(r, "plate_type", &line->plate_type, is_plate_type);
    take_identifier(r, "plate", &line->plate, is_plate);
    take_identifier(r, "vin", &line->vin, is_vin);
    take_id_no(r, "owner_id_no", &line->owner_id_no);
    take_identifier(r, "owner_credit_code", &line->owner_credit_code, is_credit_code);
    if (line->owner_id_no.text != NULL && line->owner_credit_code != NULL)
        reason(r, TWO_OWNERS, VALUES("owner_id_no", "owner_credit_code"));
    check_choice(r, "use_kind", line->use_kind, uses);
    check_not_tomorrow(r, "registered_on", line->registered_on);
    check_not_tomorrow(r, "registration_changed_on", line->registration_changed_on);
    check_order(r, "registered_on", line->registered_on, "registration_changed_on",
                line->registration_changed_on);
    check_not_future(r, "observed_at", line->observed_at);
}

void check_licence(struct request *r, struct licence_line *line)
{
    static const char *const states[] = {"normal", "retained", "suspended", "revoked", NULL};

    take_id_no(r, "id_no", &line->id_no);
    take_identifier(r, "file_no", &line->file_no, is_file_no);
    for (size_t i = 0; i < line->classes.count; i++)
        take_identifier(r, "classes", &line->classes.items[i], is_licence_class);
    check_choice(r, "state", line->state, states);
    check_not_tomorrow(r, "first_issued_on", line->first_issued_on);
    check_order(r, "first_issued_on", line->first_issued_on, "valid_until", line->valid_until);
    check_not_future(r, "observed_at", line->observed_at);
}

bool is_place(const char *text)
{
    return utf8_count(text) <= PLACE_LETTERS;
}

static bool is_code(const char *text)
{
    size_t size = strlen(text);

    return size >= 4 && size <= 6 && strspn(text, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") == size;
}

static bool is_record_no(const char *text)
{
    size_t size = strlen(text);

    return size >= 6 && size <= 40 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size;
}

static bool is_sha256_hex(const char *text)
{
    return strlen(text) == 2 * SHA256_SIZE && strspn(text, "0123456789abcdef") == 2 * SHA256_SIZE;
}

void check_camera(struct request *r, struct camera_line *line)
{
    static const char *const accidents[] = {"none", "caused", NULL};

    take_identifier(r, "record_no", &line->record_no, is_record_no);
    take_identifier(r, "plate_type", &line->plate_type, is_plate_type);
    take_identifier(r, "plate", &line->plate, is_plate);
    take_identifier(r, "code", &line->code, is_code);
    if (line->evidence_sha256 != NULL && !is_sha256_hex(line->evidence_sha256))
        reason(r, FIELD_INVALID, VALUES("evidence_sha256"));
    if ((line->measured == NONE) != (line->allowed == NONE))
        reason(r, FIELD_MISSING, VALUES(line->measured == NONE ? "measured" : "allowed"));
    check_choice(r, "accident", line->accident, accidents);
    check_not_future(r, "occurred_at", line->occurred_at);
    check_not_future(r, "observed_at", line->observed_at);
}

/* 16 digits with a check digit, or 15 of an old record, which has none. */
static bool is_any_decision_no(const char *text)
{
    return is_decision_no(text) || (strlen(text) == 15 && strspn(text, "0123456789") == 15);
}

static bool is_officer_no(const char *text)
{
    size_t size = strlen(text);

    return size >= 4 && size <= 16 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size;
}

static bool is_under_age(const struct request *r, const struct street_line *line)
{
    const char *id_no = line->id_no.text;
    struct day acted_on = day_or_none(r, line->occurred_at);

    return id_no != NULL && acted_on.number != NONE &&
           id_no_age(id_no, acted_on) < PUNISHED_FROM_AGE;
}

void check_street(struct request *r, struct street_line *line)
{
    take_identifier(r, "decision_no", &line->decision_no, is_any_decision_no);
    take_id_no(r, "id_no", &line->id_no);
    take_identifier(r, "plate_type", &line->plate_type, is_plate_type);
    take_identifier(r, "plate", &line->plate, is_plate);
    take_identifier(r, "code", &line->code, is_code);
    take_identifier(r, "officer_no", &line->officer_no, is_officer_no);
    if (line->fine_fen.fen == 0 && line->points > 0) /* a mere warning records none */
        reason(r, FIELD_INVALID, VALUES("points", line->points));
    check_not_future(r, "occurred_at", line->occurred_at);
    if (is_under_age(r, line))
        reason(r, UNDER_AGE, VALUES("id_no", line->id_no));
    check_not_tomorrow(r, "served_on", line->served_on);
    check_order(r, "occurred_at", day_or_none(r, line->occurred_at), "decided_on",
                line->decided_on);
    check_order(r, "decided_on", line->decided_on, "served_on", line->served_on);
    check_not_future(r, "observed_at", line->observed_at);
}

static bool is_site_code(const char *text)
{
    size_t size = strlen(text);

    return size >= 1 && size <= 32 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size;
}

void check_site(struct request *r, struct site_line *line)
{
    static const char *const kinds[] = {"camera", "car_park", NULL};

    take_identifier(r, "code", &line->code, is_site_code);
    check_choice(r, "kind", line->kind, kinds);
    check_not_future(r, "observed_at", line->observed_at);
}

void check_passage(struct request *r, struct passage_line *line)
{
    static const char *const kinds[] = {"passage", "park_in", "park_out", NULL};

    take_identifier(r, "record_no", &line->record_no, is_record_no);
    take_identifier(r, "plate_type", &line->plate_type, is_plate_type);
    take_identifier(r, "plate", &line->plate, is_plate);
    take_identifier(r, "site", &line->site, is_site_code);
    check_choice(r, "kind", line->kind, kinds);
    check_not_future(r, "passed_at", line->passed_at);
}

void check_policy(struct request *r, struct policy_line *line)
{
    static const char *const states[] = {"in_force", "cancelled", NULL};

    take_identifier(r, "policy_no", &line->policy_no, is_record_no);
    take_identifier(r, "vin", &line->vin, is_vin);
    check_order(r, "valid_from", line->valid_from, "valid_to", line->valid_to);
    check_choice(r, "state", line->state, states);
    check_not_future(r, "observed_at", line->observed_at);
}

static bool is_reason_word(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz_") == strlen(text);
}

static bool is_pound(const char *text)
{
    size_t size = strlen(text);

    return size >= 2 && size <= 16 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == size;
}

/* A driver's licence is somebody's, all else belongs to a vehicle. */
static void check_held_of(struct request *r, const struct held_line *line)
{
    bool is_driver = IS_ONE_OF(line->kind, "driver_licence");
    bool is_of_vehicle = !is_driver || line->plate != NULL || line->plate_type != NULL;

    if (is_of_vehicle && line->plate == NULL)
        reason(r, FIELD_MISSING, VALUES("plate"));
    if (is_of_vehicle && line->plate_type == NULL)
        reason(r, FIELD_MISSING, VALUES("plate_type"));
    if (is_driver && line->id_no.text == NULL)
        reason(r, FIELD_MISSING, VALUES("id_no"));
}

void check_held(struct request *r, struct held_line *line)
{
    static const char *const kinds[] = {"vehicle", "vehicle_licence", "driver_licence", NULL};
    static const char *const states[] = {"held", "returned", "disposed", NULL};

    take_identifier(r, "item_no", &line->item_no, is_record_no);
    take_identifier(r, "plate_type", &line->plate_type, is_plate_type);
    take_identifier(r, "plate", &line->plate, is_plate);
    take_identifier(r, "decision_no", &line->decision_no, is_any_decision_no);
    take_identifier(r, "pound", &line->pound, is_pound);
    check_held_of(r, line);
    take_id_no(r, "id_no", &line->id_no);
    check_choice(r, "kind", line->kind, kinds);
    check_choice(r, "state", line->state, states);
    if (line->reason != NULL && !is_reason_word(line->reason))
        reason(r, FIELD_INVALID, VALUES("reason", line->reason));
    check_not_tomorrow(r, "held_on", line->held_on);
    check_not_tomorrow(r, "noticed_on", line->noticed_on);
    check_order(r, "held_on", line->held_on, "noticed_on", line->noticed_on);
    check_order(r, "held_on", line->held_on, "suspended_until", line->suspended_until);
    check_not_future(r, "observed_at", line->observed_at);
}

void check_handover(struct request *r, struct handover_line *line)
{
    take_identifier(r, "order_no", &line->order_no, is_decision_no);
    take_identifier(r, "item_no", &line->item_no, is_record_no);
    check_not_future(r, "released_at", line->released_at);
    check_not_future(r, "observed_at", line->observed_at);
}

/* Full study is counted in days (Points Measures (2021) article 18): each is a line of its own. */
static void check_minutes(struct request *r, const struct study_line *line)
{
    enum { DAY_MINUTES = 1440 };
    int64_t days = line->ended_on.number - line->begun_on.number + 1;

    if (days > 0 && line->minutes > days * DAY_MINUTES)
        reason(r, FIELD_INVALID, VALUES("minutes", line->minutes));
    if (days > 1 && strncmp(line->kind, "full_", 5) == 0)
        reason(r, FIELD_INVALID, VALUES("begun_on", line->begun_on));
}

void check_study(struct request *r, struct study_line *line)
{
    static const char *const kinds[] = {"reduction_online", "reduction_on_site", "volunteer",
                                        "full_online",      "full_on_site",      NULL};

    take_identifier(r, "record_no", &line->record_no, is_record_no);
    take_id_no(r, "id_no", &line->id_no);
    check_choice(r, "kind", line->kind, kinds);
    check_not_tomorrow(r, "ended_on", line->ended_on);
    check_order(r, "begun_on", line->begun_on, "ended_on", line->ended_on);
    check_minutes(r, line);
    check_not_future(r, "observed_at", line->observed_at);
}

void check_cheating(struct request *r, struct cheating_line *line)
{
    take_identifier(r, "record_no", &line->record_no, is_record_no);
    check_not_tomorrow(r, "found_on", line->found_on);
    check_not_future(r, "observed_at", line->observed_at);
}

void check_examination(struct request *r, struct examination_line *line)
{
    static const char *const subjects[] = {"theory", "field", "road", NULL};

    take_identifier(r, "record_no", &line->record_no, is_record_no);
    take_id_no(r, "id_no", &line->id_no);
    check_choice(r, "subject", line->subject, subjects);
    check_not_tomorrow(r, "taken_on", line->taken_on);
    check_not_future(r, "observed_at", line->observed_at);
}
