/* How each person wants to be told, and to what WeChat's users consented. */

#include "core/clock.h"
#include "core/idempotency.h"
#include "notice/notice.h"

enum { CONSENTS_MAX = 100, ACCEPTED_MAX = 10 };

static bool is_choice(const char *text)
{
    return IS_ONE_OF(text, "wechat", "wechat_sms", "sms", "none");
}

static bool is_template_id(const char *text)
{
    return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                             "0123456789_-")] == '\0';
}

const struct param preference_params[] = {
    PARAM(struct preference_input, group, .source = BODY, .min = 1, .max = 16),
    PARAM(struct preference_input, channel, .source = BODY, .min = 1, .max = 16,
          .check = is_choice),
    PARAM_END,
};

const struct param subscription_params[] = {
    PARAM(struct subscription_input, accepted, .source = BODY, .min = 1, .max = ACCEPTED_MAX,
          .check = is_template_id),
    PARAM_END,
};

struct preference {
    const char *group, *name, *channel;
    bool is_chosen; /* by the person; else it holds for who has not chosen */
};

const struct field preference_fields[] = {
    FIELD(struct preference, group),
    FIELD(struct preference, name),
    FIELD(struct preference, channel),
    FIELD(struct preference, is_chosen),
    FIELD_END,
};

struct offer {
    const char *template_id, *title;
    int64_t remaining; /* messages that this account may still get */
};

const struct field subscription_fields[] = {
    FIELD(struct offer, template_id),
    FIELD(struct offer, title),
    FIELD(struct offer, remaining),
    FIELD_END,
};

enum { LIST_PREFERENCES, FIND_CHOICE, SET_PREFERENCE, LIST_OFFERS, ADD_CONSENT, STATEMENTS_END };

#define CHOICE                                                                                     \
    "SELECT g.code AS `group`, g.name, COALESCE(p.channel, g.channel) AS channel,"                 \
    "  p.channel IS NOT NULL AS is_chosen FROM notice_group g LEFT JOIN notice_preference p"       \
    "  ON p.grp = g.code AND p.person_id = ?"

const struct statement choice_sql[] = {
    [LIST_PREFERENCES] = {.sql = CHOICE " ORDER BY g.code LIMIT 100",
                          ROWS(struct preference, preference_fields)},
    [FIND_CHOICE] = {.sql = CHOICE " WHERE g.code = ?", ROWS(struct preference, preference_fields)},
    [SET_PREFERENCE] = {.sql = "INSERT INTO notice_preference (person_id, grp, channel, updated_at)"
                               "  VALUES (?, ?, ?, ?)"
                               "  ON DUPLICATE KEY UPDATE channel = ?, updated_at = ?"},
    [LIST_OFFERS] = {.sql = "SELECT t.wechat_template AS template_id, t.title,"
                            "  COALESCE(s.remaining, 0) AS remaining FROM notice_template t"
                            "  LEFT JOIN notice_subscription s ON s.person_id = ?"
                            "    AND s.account_id = ? AND s.template = t.wechat_template"
                            "  WHERE t.wechat_template IS NOT NULL AND t.valid_from <= ?"
                            "    AND (t.valid_to IS NULL OR t.valid_to >= ?)"
                            "  ORDER BY t.kind LIMIT 100",
                     ROWS(struct offer, subscription_fields)},
    [ADD_CONSENT] = {.sql = "INSERT INTO notice_subscription (person_id, account_id, template,"
                            "  remaining, updated_at) VALUES (?, ?, ?, 1, ?)"
                            "  ON DUPLICATE KEY UPDATE remaining = LEAST(remaining + 1, ?),"
                            "    updated_at = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_choice(struct request *r, const char *person_id, const char *group,
                       const char **choice)
{
    struct preference preference;

    TRY(db_one(r, &choice_sql[FIND_CHOICE], &preference, VALUES(person_id, group)));
    *choice = preference.channel;
    return E_OK;
}

/* ---- preferences ---- */

enum error list_preferences(struct request *r)
{
    struct records rows;

    TRY(db_many(r, &choice_sql[LIST_PREFERENCES], &rows, VALUES(r->person_id)));
    return reply_page(r, preference_fields, sizeof(struct preference), rows, NULL);
}

static enum error choose(struct request *r, void *product)
{
    const struct preference_input *in = r->input;
    enum error found =
        db_one(r, &choice_sql[FIND_CHOICE], product, VALUES(r->person_id, in->group));

    if (found == E_NOT_FOUND)
        return refuse(r, GROUP_UNKNOWN, VALUES("group", in->group));
    TRY(found);
    if (!idempotency_is_new(r)) /* a repetition does not undo what was chosen since */
        return E_OK;
    TRY(db_run(r, &choice_sql[SET_PREFERENCE],
               VALUES(r->person_id, in->group, in->channel, r->now, in->channel, r->now)));
    return db_one(r, &choice_sql[FIND_CHOICE], product, VALUES(r->person_id, in->group));
}

enum error set_preference(struct request *r)
{
    struct preference preference;

    TRY(db_transaction(r, choose, &preference));
    return reply_record(r, 200, preference_fields, &preference);
}

/* ---- subscriptions ---- */

static enum error list_offers(struct request *r, struct records *offers)
{
    struct day today = civil_day(r->now);

    return db_many(r, &choice_sql[LIST_OFFERS], offers,
                   VALUES(r->person_id, r->actor_id, today, today));
}

static bool is_offered(const struct records *offers, const char *template_id)
{
    const struct offer *offer = offers->items;

    for (size_t i = 0; i < offers->count; i++)
        if (strcmp(offer[i].template_id, template_id) == 0)
            return true;
    return false;
}

static enum error accept_all(struct request *r, void *product)
{
    const struct subscription_input *in = r->input;
    struct records *offers = product;

    TRY(list_offers(r, offers));
    for (size_t i = 0; i < in->accepted.count; i++)
        if (!is_offered(offers, in->accepted.items[i]))
            reason(r, TEMPLATE_UNKNOWN, VALUES("accepted", in->accepted.items[i]));
    if (strcmp(r->channel, BY_WECHAT) != 0)
        reason(r, IN_WECHAT_ONLY, VALUES(r->channel));
    TRY(refused(r));
    for (size_t i = 0; idempotency_is_new(r) && i < in->accepted.count; i++)
        TRY(db_run(r, &choice_sql[ADD_CONSENT],
                   VALUES(r->person_id, r->actor_id, in->accepted.items[i], r->now,
                          (int64_t)CONSENTS_MAX, r->now)));
    return list_offers(r, offers);
}

enum error add_subscriptions(struct request *r)
{
    struct records offers;

    TRY(db_transaction(r, accept_all, &offers));
    return reply_page(r, subscription_fields, sizeof(struct offer), offers, NULL);
}

enum error list_subscriptions(struct request *r)
{
    struct records offers;

    TRY(list_offers(r, &offers));
    return reply_page(r, subscription_fields, sizeof(struct offer), offers, NULL);
}
