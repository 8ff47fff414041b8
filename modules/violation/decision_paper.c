/* The decision as a PDF (处罚决定书): what the law demands on it, or none at all. */

#include "casework/application_routes.h"
#include "casework/identifier.h"
#include "casework/paper.h"
#include "casework/papers.h"
#include "casework/person_name.h"
#include "casework/statement.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/crypto.h"
#include "core/ulid.h"
#include "violation/procedure.h"
#include "violation/rules.h"
#include "violation/state.h"
#include "violation/view.h"

enum { WAYS = 2 };

static const struct field paper_fields[] = {
    FIELD(struct decision_paper, decision_no),
    FIELD(struct decision_paper, sha256),
    FIELD(struct decision_paper, made_at),
    FIELD_END,
};

struct evidence {
    const char *agency, *source_no;
    struct bytes sha256; /* of a camera's pictures; NULL for others */
    bool is_electronic;
};

static const struct field evidence_fields[] = {
    FIELD(struct evidence, agency),
    FIELD(struct evidence, source_no),
    FIELD_OR_NULL(struct evidence, sha256),
    FIELD(struct evidence, is_electronic),
    FIELD_END,
};

struct general_rule {
    const char *source;
};

static const struct field general_rule_fields[] = {FIELD(struct general_rule, source), FIELD_END};

struct decision_state {
    const char *decision_no, *authority, *state;
    struct instant decided_at;
    struct day date;
};

static const struct field decision_row_fields[] = {
    FIELD(struct decision_state, decision_no),
    FIELD(struct decision_state, authority),
    FIELD(struct decision_state, state),
    FIELD(struct decision_state, decided_at),
    FIELD_END,
};

const struct field decision_state_fields[] = {
    FIELD(struct decision_state, decision_no),
    FIELD(struct decision_state, authority),
    FIELD(struct decision_state, state),
    FIELD(struct decision_state, date),
    FIELD_END,
};

const struct param decision_no_params[] = {
    PARAM(struct decision_no_input, decision_no, .source = PATH, .check = is_decision_no),
    PARAM_END,
};

enum { FIND_PAPER, INSERT_PAPER, FIND_EVIDENCE, FIND_GENERAL, FIND_STATE, STATEMENTS_END };

const struct statement decision_paper_sql[] = {
    [FIND_PAPER] = {.sql = "SELECT decision_no, sha256, made_at FROM decision_paper"
                           "  WHERE decision_no = ?",
                    ROWS(struct decision_paper, paper_fields)},
    [INSERT_PAPER] = {.sql = "INSERT INTO decision_paper (decision_no, sha256, made_at)"
                             "  VALUES (?, ?, ?)"},
    [FIND_EVIDENCE] = {.sql = "SELECT c.agency, c.source_no, k.evidence_sha256 AS sha256,"
                              "  COALESCE(f.electronic_service, 0)"
                              "    AS is_electronic FROM violation_case c"
                              "  LEFT JOIN camera_record k ON c.kind = 'camera'"
                              "    AND k.id = c.fact_id"
                              "  LEFT JOIN violation_confirmation f ON f.case_id = c.id"
                              "    AND f.person_id = ?"
                              "  WHERE c.id = ?",
                       ROWS(struct evidence, evidence_fields)},
    [FIND_GENERAL] = {.sql = "SELECT source FROM general_rule WHERE valid_from <= ?"
                             "  ORDER BY valid_from DESC LIMIT 1",
                      ROWS(struct general_rule, general_rule_fields)},
    [FIND_STATE] = {.sql = "SELECT d.decision_no, d.authority, d.decided_at,"
                           "  CASE WHEN d.stands = 1 THEN 'stands'"
                           "    WHEN EXISTS (SELECT 1 FROM decision_change x"
                           "      WHERE x.replaced_no = d.decision_no) THEN 'replaced'"
                           "    ELSE 'withdrawn' END AS state"
                           "  FROM violation_decision d WHERE d.decision_no = ?",
                    ROWS(struct decision_state, decision_row_fields)},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error find_decision_paper(struct request *r, const char *decision_no,
                               struct decision_paper *paper)
{
    return db_one(r, &decision_paper_sql[FIND_PAPER], paper, VALUES(decision_no));
}

/* --- What stands on it ----------------------------------------------------------------------- */

static const struct casework_settings *settings_of(const struct request *r)
{
    return r->settings;
}

static enum error add_way(struct request *r, const char *way, const char *code, struct day until,
                          const struct decision *decision, struct paper_appeal *appeal)
{
    struct day decided = civil_day(decision->decided_at);
    const struct appeal_body *body = appeal_body_on(casework_of(r), way, decided);
    const struct term *term = term_in_force(casework_of(r)->terms, code, decided);

    if (body == NULL || term == NULL || until.number == NONE)
        return failed(r, E_INTERNAL, "%s: nobody hears it, or no term is in force", code);
    *appeal = (struct paper_appeal){strcmp(way, "court") == 0 ? "行政诉讼" : "行政复议", body->name,
                                    arena_printf(r->arena, "自收到本决定书之日起%s内（至%s）",
                                                 term_text(r->arena, term),
                                                 day_to_text(r->arena, until))};
    return E_OK;
}

static enum error add_appeals(struct request *r, const struct decision *decision,
                              struct paper *paper)
{
    struct paper_appeal *ways = arena_alloc(r->arena, WAYS * sizeof(*ways));

    TRY(add_way(r, "reconsideration", "appeal.reconsideration", decision->reconsider_until,
                decision, &ways[0]));
    TRY(add_way(r, "court", "appeal.court", decision->court_until, decision, &ways[1]));
    paper->appeals = (struct records){ways, WAYS};
    return E_OK;
}

static const char *evidence_text(struct arena *arena, const struct evidence *evidence)
{
    return evidence->sha256.data == NULL
               ? arena_printf(arena, "%s提供的违法记录，编号%s。", evidence->agency,
                              evidence->source_no)
               : arena_printf(arena,
                              "交通技术监控设备记录，编号%s；图像资料的SHA-256为%s；"
                              "当事人的陈述和确认。",
                              evidence->source_no, hex_encode(arena, evidence->sha256));
}

static const char *perform_text(struct request *r, const struct decision *decision)
{
    const struct term *term =
        term_in_force(casework_of(r)->terms, "fine.pay", civil_day(decision->decided_at));

    if (decision->fine_fen.fen == 0)
        return "警告自本决定书送达之日起生效，无需缴款。";
    return arena_printf(r->arena,
                        "自收到本决定书之日起%s内（至%s）缴纳罚款：使用微信、支付宝扫描缴款"
                        "二维码，或者到代收机构缴纳。",
                        term == NULL ? "规定期限" : term_text(r->arena, term),
                        day_to_text(r->arena, decision->due_on));
}

/* The articles of the procedure by which it was decided, on its day. */
static enum error find_procedure_source(struct request *r, const struct decision *decision,
                                        const char **source)
{
    struct day decided = civil_day(decision->decided_at);
    const struct procedure_rule *simple = find_procedure_rule(r, decided);
    struct general_rule general = {NULL};
    enum error found = E_OK;

    if (strcmp(decision->manner, "simple") == 0)
        general.source = simple == NULL ? NULL : simple->source;
    else
        found = db_one(r, &decision_paper_sql[FIND_GENERAL], &general, VALUES(decided));
    *source = general.source;
    return found == E_NOT_FOUND || (found == E_OK && general.source == NULL)
               ? failed(r, E_INTERNAL, "no rule of the %s procedure in force", decision->manner)
               : found;
}

static enum error add_basis(struct request *r, const struct decision *decision, struct paper *paper)
{
    struct texts basis = {arena_alloc(r->arena, 3 * sizeof(char *)), 0};
    const char *procedure;

    TRY(find_procedure_source(r, decision, &procedure));
    basis.items[basis.count++] = decision->basis;
    basis.items[basis.count++] = procedure;
    if (decision->fine_fen.fen == 0) /* why no fine, when it was the first violation */
        basis.items[basis.count++] = decision->rule_source;
    paper->basis = basis;
    return E_OK;
}

static struct records particulars_of(struct request *r, const struct decision *decision,
                                     const struct evidence *evidence)
{
    struct paper_row *rows = arena_alloc(r->arena, 3 * sizeof(*rows));

    rows[0] = (struct paper_row){"案由", decision->title};
    rows[1] = (struct paper_row){"适用程序",
                                 strcmp(decision->manner, "simple") == 0 ? "简易程序" : "一般程序"};
    rows[2] = (struct paper_row){"记录编号", evidence->source_no};
    return (struct records){rows, 3};
}

/* All but whom it concerns and what its code says. */
static enum error compose(struct request *r, const struct decision *decision, struct paper *paper)
{
    struct evidence evidence;

    TRY(db_one(r, &decision_paper_sql[FIND_EVIDENCE], &evidence,
               VALUES(decision->person_id, decision->case_id)));
    *paper = paper_of(decision->fine_fen.fen > 0 ? PAPER_FINE : PAPER_PENALTY);
    paper->authority = decision->authority;
    paper->number = decision->decision_no;
    paper->date = civil_day(decision->decided_at);
    paper->made_at = decision->decided_at;
    /* The account of who agreed is where service goes (Procedure 56); no register tells an address.
     */
    paper->address = evidence.is_electronic ? "电子送达至当事人实名认证的本人账户"
                                            : "当事人未同意电子送达，当面交付或者邮寄送达";
    paper->particulars = particulars_of(r, decision, &evidence);
    paper->facts = decision->facts;
    paper->evidence = evidence_text(r->arena, &evidence);
    paper->content = penalty_text(r->arena, decision->fine_fen, decision->points);
    paper->perform = perform_text(r, decision);
    paper->surcharge = surcharge_notice(r->arena, decision);
    TRY(add_basis(r, decision, paper));
    return add_appeals(r, decision, paper);
}

static const char *statement_for(struct request *r, const struct paper *paper)
{
    const struct paper_statement statement = {
        .iss = paper->authority,
        .kind = "violation.decision",
        .no = paper->number,
        .sub = mask_name(r->arena, paper->person),
        .from = paper->date,
        .to = {NONE},
        .iat = paper->made_at,
    };
    const char *address = arena_printf(r->arena, "%s/api/violation/decisions/%s",
                                       settings_of(r)->public_url, paper->number);

    return statement_address(r->arena, address,
                             statement_sign(r->arena, casework_of(r)->statements, &statement));
}

enum error draw_decision(struct request *r, const struct decision *decision,
                         const struct paper_signature *signature, struct bytes *digest)
{
    struct paper paper;

    TRY(compose(r, decision, &paper));
    TRY(person_name(r, decision->person_id, &paper.person));
    paper.statement = statement_for(r, &paper);
    paper.signature = signature;
    return paper_keep(r, &paper, digest);
}

/* --- Made when it is asked for first --------------------------------------------------------- */

/* Of two who make it at once the first one's stays. */
static enum error keep(struct request *r, void *product)
{
    struct decision_paper *paper = product;
    enum error kept = db_run(r, &decision_paper_sql[INSERT_PAPER],
                             VALUES(paper->decision_no, paper->sha256, paper->made_at));

    return kept == E_EXISTS ? find_decision_paper(r, paper->decision_no, paper) : kept;
}

enum error make_decision_paper(struct request *r, const struct decision *decision,
                               struct decision_paper *paper)
{
    enum error found = find_decision_paper(r, decision->decision_no, paper);

    if (found != E_NOT_FOUND)
        return found;
    *paper = (struct decision_paper){.decision_no = decision->decision_no, .made_at = r->now};
    TRY(draw_decision(r, decision, NULL, &paper->sha256));
    return db_transaction(r, keep, paper);
}

/* --- Who asks for it ------------------------------------------------------------------------- */

enum error find_paper_decision(struct request *r, const char *case_id, bool is_office,
                               struct decision *decision)
{
    struct case_row row;
    enum error found;

    if (!is_office)
        TRY(find_own_case(r, case_id, &row));
    found = find_decision(r, case_id, decision);
    if (found == E_NOT_FOUND)
        return is_office ? found : refuse(r, NOT_DECIDED, VALUES(case_id));
    TRY(found);
    if (!is_office && strcmp(decision->person_id, r->person_id) != 0) {
        audit_refusal(r, case_id, "decision of another person");
        return E_NOT_FOUND;
    }
    if (strcmp(decision->manner, "street") == 0)
        return refuse(r, PAPER_HANDED_OVER, VALUES(decision->decision_no));
    if (is_office)
        audit(r, "decision_paper_read", case_id, "%s", decision->decision_no);
    return E_OK;
}

/* Shown in the account, to a person who agreed to be served so: served, on the day that the
   decision counts as received. Else it has to be signed, handed over or posted. */
static enum error note_shown(struct request *r, void *product)
{
    const struct decision *decision = product;
    struct confirmation confirmation;
    enum error found = find_confirmation(r, decision->case_id, &confirmation);

    if (found != E_OK || !confirmation.electronic_service)
        return found == E_NOT_FOUND ? E_OK : found;
    return insert_document_service(
        r, &(struct document_service){.id = ulid_new(r),
                                      .decision_no = decision->decision_no,
                                      .how = "electronic",
                                      .served_on = decision->served_on,
                                      .consent_at = confirmation.confirmed_at,
                                      .published_on = {NONE},
                                      .recorded_by = r->actor_id,
                                      .recorded_at = r->now});
}

enum error show_decision_paper(struct request *r)
{
    const struct case_input *in = r->input;
    struct decision decision;
    struct decision_paper paper;

    TRY(find_paper_decision(r, in->id, false, &decision));
    TRY(make_decision_paper(r, &decision, &paper));
    TRY(db_transaction(r, note_shown, &decision));
    return reply_paper_file(r, paper.sha256, decision.decision_no);
}

enum error office_show_decision_paper(struct request *r)
{
    const struct case_input *in = r->input;
    struct decision decision;
    struct decision_paper paper;

    TRY(find_paper_decision(r, in->id, true, &decision));
    TRY(make_decision_paper(r, &decision, &paper));
    return reply_paper_file(r, paper.sha256, decision.decision_no);
}

enum error check_decision(struct request *r)
{
    const struct decision_no_input *in = r->input;
    struct decision_state state;

    TRY(db_one(r, &decision_paper_sql[FIND_STATE], &state, VALUES(in->decision_no)));
    state.date = civil_day(state.decided_at);
    return reply_record(r, 200, decision_state_fields, &state);
}
