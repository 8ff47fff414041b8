#include "casework/act_paper.h"

#include <inttypes.h>
#include <stdlib.h>

#include "casework/acting.h"
#include "casework/application_routes.h"
#include "casework/identifier.h"
#include "casework/paper.h"
#include "casework/papers.h"
#include "casework/person_name.h"
#include "casework/statement.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/ulid.h"

enum { APPLICATION_NO = 17, VER_DIGITS = 7, WAYS = 2 };

struct act_paper {
    const char *application_id, *application_no, *service, *kind, *reason;
    int64_t ver, version;
    struct bytes sha256;
    struct instant at; /* of the act */
    bool is_overturned;
};

static const struct field paper_fields[] = {
    FIELD(struct act_paper, application_id),
    FIELD(struct act_paper, application_no),
    FIELD(struct act_paper, service),
    FIELD(struct act_paper, version),
    FIELD(struct act_paper, kind),
    FIELD(struct act_paper, ver),
    FIELD_OR_NULL(struct act_paper, reason),
    FIELD_OR_NULL(struct act_paper, sha256),
    FIELD(struct act_paper, at),
    FIELD(struct act_paper, is_overturned),
    FIELD_END,
};

enum { FIND, INSERT, SET_FILE, STATEMENTS_END };

const struct statement act_paper_sql[] = {
    [FIND] =
        {.sql = "SELECT p.application_id, a.application_no, a.service, a.version, p.kind,"
                "  p.ver, x.reason, p.sha256, x.at, EXISTS (SELECT 1"
                "    FROM {module}_application_act later WHERE later.application_id = a.id"
                "    AND later.ver > p.ver AND later.act IN ('reopen', 'restore')) AS is_overturned"
                "  FROM {module}_application a JOIN {module}_paper p"
                "    ON p.application_id = a.id JOIN {module}_application_act x"
                "    ON x.application_id = p.application_id AND x.ver = p.ver"
                "  WHERE a.application_no = ? AND p.ver = ?",
         ROWS(struct act_paper, paper_fields)},
    [INSERT] = {.sql = "INSERT INTO {module}_paper (application_id, ver, kind) VALUES (?, ?, ?)"},
    [SET_FILE] = {.sql = "UPDATE {module}_paper SET sha256 = ?, made_at = ?"
                         "  WHERE application_id = ? AND ver = ?"},
    [STATEMENTS_END] = {.sql = NULL},
};

/* Which acts are told by paper, and what it says. */
static const struct kind_rule {
    const char *act, *name, *content, *article;
    enum paper_kind kind;
    bool is_against; /* the applicant, who may appeal */
} rules[] = {
    {"accept", "acceptance", "申请材料齐全、符合法定形式，决定予以受理。",
     "《行政许可法》第三十二条第一款第五项", PAPER_ACCEPTANCE, false},
    {"correct", "correction", "申请材料不齐全或者不符合法定形式，请补正下列全部内容后重新提交。",
     "《行政许可法》第三十二条第一款第四项", PAPER_CORRECTION, false},
    {"reject", "rejection", "决定不予受理。", "《行政许可法》第三十二条第一款、第二款",
     PAPER_REJECTION, true},
    {"refuse", "refusal", "决定不予行政许可。", "《行政许可法》第三十八条第二款", PAPER_REFUSAL,
     true},
    {"revoke", "revocation", "决定撤销该行政许可，自本决定作出之日起失效。",
     "《行政许可法》第六十九条", PAPER_REVOCATION, true},
};

enum { RULES = sizeof(rules) / sizeof(*rules) };

static const struct kind_rule *rule_of_act(const char *act)
{
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].act, act) == 0)
            return &rules[i];
    return NULL;
}

static const struct kind_rule *rule_of_kind(const char *kind)
{
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].name, kind) == 0)
            return &rules[i];
    abort(); /* the column knows no other */
}

const char *act_paper_no(struct arena *arena, const char *application_no, int64_t ver)
{
    return application_no == NULL ? NULL : arena_printf(arena, "%s-%" PRId64, application_no, ver);
}

/* --- What stands on it ----------------------------------------------------------------------- */

static const struct casework_settings *settings_of(const struct request *r)
{
    return r->settings;
}

static enum error add_way(struct request *r, const char *way, const char *code, struct day decided,
                          struct paper_appeal *appeal)
{
    const struct appeal_body *body = appeal_body_on(casework_of(r), way, decided);
    const struct term *term = term_in_force(casework_of(r)->terms, code, decided);

    if (body == NULL || term == NULL)
        return failed(r, E_INTERNAL, "%s: nobody hears it, or no term is in force", code);
    *appeal = (struct paper_appeal){
        strcmp(way, "court") == 0 ? "行政诉讼" : "行政复议", body->name,
        arena_printf(r->arena, "自收到本文书之日起%s内", term_text(r->arena, term))};
    return E_OK;
}

static enum error add_appeals(struct request *r, struct day decided, struct paper *paper)
{
    struct paper_appeal *ways = arena_alloc(r->arena, WAYS * sizeof(*ways));

    TRY(add_way(r, "reconsideration", "appeal.reconsideration", decided, &ways[0]));
    TRY(add_way(r, "court", "appeal.court", decided, &ways[1]));
    paper->appeals = (struct records){ways, WAYS};
    return E_OK;
}

static struct texts articles(struct arena *arena, const char *first, const struct texts *more)
{
    struct texts all = {arena_alloc(arena, (more->count + 1) * sizeof(char *)), more->count + 1};

    all.items[0] = first;
    for (size_t i = 0; i < more->count; i++)
        all.items[i + 1] = more->items[i];
    return all;
}

/* All but whom it concerns and what its code says. */
static enum error compose(struct request *r, const struct application *a,
                          const struct act_paper *record, struct paper *paper)
{
    const struct kind_rule *rule = rule_of_kind(record->kind);

    *paper = paper_of(rule->kind);
    paper->authority = settings_of(r)->authority;
    paper->number = act_paper_no(r->arena, record->application_no, record->ver);
    paper->date = civil_day(record->at);
    paper->made_at = record->at;
    paper->facts =
        arena_printf(r->arena, "申请事项：%s；申请编号：%s；提交日期：%s。", a->definition->name,
                     record->application_no, day_to_text(r->arena, civil_day(a->submitted_at)));
    paper->particulars = paper_particulars(r, a);
    paper->content = rule->content;
    paper->basis = articles(r->arena, rule->article, &a->definition->basis);
    if (rule->kind == PAPER_CORRECTION)
        paper->gaps = texts_split(r->arena, a->gaps, '\n');
    else
        paper->reasons = record->reason;
    if (rule->kind == PAPER_ACCEPTANCE)
        paper->note = texts_joined(r->arena, a->definition->promises, "；");
    return rule->is_against ? add_appeals(r, paper->date, paper) : E_OK;
}

/* --- In the transaction of the act ----------------------------------------------------------- */

/* What a person has to add is missing now, not when the job runs. */
static enum error check(struct request *r, const struct application *a,
                        const struct act_paper *record)
{
    struct paper paper;

    TRY(compose(r, a, record, &paper));
    paper.person = paper.statement = "-"; /* always to be had */
    paper_check(r, &paper);
    return refused(r);
}

enum error act_paper_begin(struct request *r, const struct application *a, const struct move *move)
{
    const struct kind_rule *rule = rule_of_act(move->act);
    struct act_paper record;

    if (rule == NULL || move->by_rule) /* at once, with the permit */
        return E_OK;
    record = (struct act_paper){.application_id = a->id,
                                .application_no = a->application_no,
                                .kind = rule->name,
                                .reason = move->reason,
                                .ver = a->ver,
                                .at = r->now};
    TRY(check(r, a, &record));
    TRY(db_run(r, &act_paper_sql[INSERT], VALUES(a->id, a->ver, rule->name)));
    return job_add(r, "make_paper", act_paper_no(r->arena, a->application_no, a->ver), NULL,
                   r->now);
}

/* --- The job --------------------------------------------------------------------------------- */

/* A number of the form that act_paper_no gives. */
static bool is_paper_no(const char *text)
{
    char number[APPLICATION_NO + 1] = "";
    const char *ver = text + APPLICATION_NO + 1;

    if (strlen(text) <= APPLICATION_NO + 1 || strlen(ver) > VER_DIGITS)
        return false;
    memcpy(number, text, APPLICATION_NO);
    return is_application_no(number) && text[APPLICATION_NO] == '-' && *ver != '0' &&
           ver[strspn(ver, "0123456789")] == '\0';
}

static enum error find(struct request *r, const char *paper_no, struct act_paper *record)
{
    return db_one(r, &act_paper_sql[FIND], record,
                  VALUES(arena_text_of(r->arena, paper_no, APPLICATION_NO),
                         (int64_t)strtoll(paper_no + APPLICATION_NO + 1, NULL, 10)));
}

static enum error find_applicant(struct request *r, const struct application *a, const char **name)
{
    return strcmp(a->applicant_kind, ORGANISATION_APPLICANT) == 0
               ? organisation_label(r, a->applicant_id, name)
               : person_name(r, a->applicant_id, name);
}

static const char *statement_for(struct request *r, const struct application *a,
                                 const struct paper *paper, const char *kind)
{
    bool is_person = strcmp(a->applicant_kind, PERSON_APPLICANT) == 0;
    const struct paper_statement statement = {
        .iss = paper->authority,
        .kind = kind,
        .no = paper->number,
        .sub = is_person ? mask_name(r->arena, paper->person) : paper->person,
        .from = paper->date,
        .to = {NONE},
        .iat = paper->made_at,
    };
    const char *address = arena_printf(r->arena, "%s/api/%s/papers/%s", settings_of(r)->public_url,
                                       r->service->name, paper->number);

    return statement_address(r->arena, address,
                             statement_sign(r->arena, casework_of(r)->statements, &statement));
}

static enum error set_file(struct request *r, void *product)
{
    const struct act_paper *record = product;

    return db_change(r, &act_paper_sql[SET_FILE],
                     VALUES(record->sha256, r->now, record->application_id, record->ver));
}

enum error make_paper(struct request *r, const struct task *task)
{
    struct act_paper record;
    struct application application;
    struct paper paper;

    TRY(find(r, arena_text(r->arena, task->dedupe), &record));
    TRY(application_find_office(r, record.application_id, &application));
    TRY(compose(r, &application, &record, &paper));
    TRY(find_applicant(r, &application, &paper.person));
    paper.statement = statement_for(r, &application, &paper, record.kind);
    TRY(paper_keep(r, &paper, &record.sha256));
    return db_transaction(r, set_file, &record);
}

/* --- Who asks for it ------------------------------------------------------------------------- */

const struct param act_paper_params[] = {
    PARAM(struct act_paper_input, id, .source = PATH, .check = is_ulid),
    PARAM(struct act_paper_input, paper_no, .source = PATH, .check = is_paper_no),
    PARAM_END,
};

const struct param act_paper_no_params[] = {
    PARAM(struct act_paper_input, paper_no, .source = PATH, .check = is_paper_no),
    PARAM_END,
};

/* Of this application, and made. */
static enum error reply_found(struct request *r, const struct application *application)
{
    const struct act_paper_input *in = r->input;
    struct act_paper record;

    TRY(find(r, in->paper_no, &record));
    if (strcmp(record.application_id, application->id) != 0 || record.sha256.data == NULL)
        return E_NOT_FOUND;
    return reply_paper_file(r, record.sha256, in->paper_no);
}

enum error show_act_paper(struct request *r)
{
    const struct act_paper_input *in = r->input;
    struct application application;

    TRY(application_find_own(r, in->id, &application));
    return reply_found(r, &application);
}

enum error office_show_act_paper(struct request *r)
{
    const struct act_paper_input *in = r->input;
    struct application application;

    TRY(application_find_office(r, in->id, &application));
    audit(r, "paper_read", application.id, "%s", in->paper_no);
    return reply_found(r, &application);
}

struct act_paper_view {
    const char *paper_no, *kind, *title, *service_name, *state;
    struct day date;
};

const struct field act_paper_view_fields[] = {
    FIELD(struct act_paper_view, paper_no),
    FIELD(struct act_paper_view, kind),
    FIELD(struct act_paper_view, title),
    FIELD(struct act_paper_view, service_name),
    FIELD(struct act_paper_view, state),
    FIELD(struct act_paper_view, date),
    FIELD_END,
};

enum error check_act_paper(struct request *r)
{
    const struct act_paper_input *in = r->input;
    const struct definition *definition;
    struct act_paper record;
    struct act_paper_view view;
    const struct kind_rule *rule;
    bool is_overturned;

    TRY(find(r, in->paper_no, &record));
    rule = rule_of_kind(record.kind);
    is_overturned = rule->is_against && record.is_overturned;
    TRY(definition_of(r, record.service, record.version, &definition));
    view = (struct act_paper_view){in->paper_no,
                                   record.kind,
                                   paper_title(rule->kind),
                                   definition->name,
                                   is_overturned ? "overturned" : "valid",
                                   civil_day(record.at)};
    return reply_record(r, 200, act_paper_view_fields, &view);
}
