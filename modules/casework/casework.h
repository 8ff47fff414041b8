/*
 * What a domain with applications gives to casework, and what casework keeps of it. A module's
 * service.c names its definitions, conditions, facts, days and hooks in one constant struct domain;
 * its state begins with a struct casework, made by casework_open; its tables come from
 * application_template.sql; and its route table has APPLICATION_ROUTES (application_routes.h).
 */
#ifndef CASEWORK_CASEWORK_H
#define CASEWORK_CASEWORK_H

#include "casework/definition.h"
#include "casework/term.h"

#define CASEWORK_REASONS(X)                                                                        \
    X(DEFINITION_FAULTY, 500, "definition_faulty", "事项定义有误")                                 \
    X(SERVICE_UNKNOWN, 404, "service_unknown", "没有这个事项")                                     \
    X(FORM_INCOMPLETE, 422, "form_incomplete", "申请表有必填项未填写")                             \
    X(DOCUMENT_UNKNOWN, 422, "document_unknown", "该事项不需要这份材料")                           \
    X(DOCUMENT_MISSING, 422, "document_missing", "缺少材料")                                       \
    X(DOCUMENT_TOO_MANY, 422, "document_too_many", "该材料的文件数量过多")                         \
    X(UPLOAD_UNKNOWN, 422, "upload_unknown", "上传的文件不存在或已被使用")                         \
    X(CHANNEL_NOT_OFFERED, 422, "channel_not_offered", "该事项不能从这个渠道办理")                  \
    X(DRAFTS_FULL, 429, "drafts_full", "未提交的申请过多，请先提交或者撤回")                        \
    X(APPLICANT_NOT_ALLOWED, 422, "applicant_not_allowed", "该事项不能由此类申请人办理")           \
    X(VERSION_CHANGED, 409, "version_changed", "申请已有变化，请刷新后再试")                       \
    X(NOT_IN_THIS_STATE, 409, "not_in_this_state", "申请目前的状态不能这样办理")                   \
    X(NOT_THIS_STEP, 403, "not_this_step", "当前环节不由您的岗位办理")                             \
    X(TAKEN_BY_OTHER, 409, "taken_by_other", "该件已由其他人员受理")                               \
    X(OTHER_EYES_NEEDED, 403, "other_eyes_needed", "该环节须由另一名人员办理")                     \
    X(CORRECTED_ALREADY, 409, "corrected_already", "补正通知只能一次性发出，不能再次要求补正")     \
    X(PAUSED_NOW, 409, "paused_now", "办理期限目前中止，请先恢复")                                 \
    X(NOT_PAUSED, 409, "not_paused", "办理期限没有中止")                                           \
    X(PAUSE_UNKNOWN, 422, "pause_unknown", "该事项没有这种中止事由")                               \
    X(BRIGADE_UNKNOWN, 422, "brigade_unknown", "没有这个大队")                                     \
    X(DIVISION_UNKNOWN, 422, "division_unknown", "该区域没有对应的大队")                           \
    X(APPEAL_TOO_LATE, 422, "appeal_too_late", "已超过申请复议的期限")                             \
    X(PAPER_INCOMPLETE, 422, "paper_incomplete", "文书缺少法定内容，不能出具")                     \
    X(PARTY_CONFLICT, 403, "party_conflict", "与申请人为同一人，应当回避")

CASEWORK_REASONS(REASON_DECLARE)

struct application;

/* A condition by name: what stands against the application becomes reasons. In its transaction. */
struct case_check {
    const char *name; /* NULL ends a table */
    enum error (*check)(struct request *r, const struct application *application);
};

/* A fact that makes a document unnecessary: where it is from and when it was observed there. */
struct fact_found {
    bool is_found;
    const char *source; /* "exchange.vehicle" */
    struct instant observed_at;
};
struct case_fact {
    const char *name;
    enum error (*find)(struct request *r, const struct application *application,
                       struct fact_found *found);
};

/* A day until which a clock runs when no term says so; NONE when it does not run at all. */
struct case_day {
    const char *name;
    enum error (*find)(struct request *r, const struct application *application, struct day *day);
};

/* What the domain does in the transaction of an act: reserve a quota, record a pass. */
struct case_hook {
    const char *name;
    enum error (*run)(struct request *r, struct application *application);
};

struct domain {
    const struct service_file *files;
    const struct case_check *checks;
    const struct case_fact *facts;
    const struct case_day *days;
    const struct case_hook *hooks;
    /* Reasons against an officer's approving, refusing or resuming now; in its transaction. NULL: none. */
    enum error (*before_decision)(struct request *r, const struct application *application);
    /* Undoes what on_revoke did: an appeal succeeded, and the permit stands again. */
    enum error (*restore)(struct request *r, struct application *application);
    /* Whether what a permit allows once was done: it is shown as "used". NULL: none is used up. */
    enum error (*is_used)(struct request *r, const char *application_id, bool *is_used);
};

struct edge {
    const char *frm, *act, *dst;
};
struct brigade {
    const char *code, *name, *division; /* which division it is in charge of */
    bool is_headquarters;
};
/* Who hears appeals, by way and day of the decision. */
struct appeal_body {
    const char *way, *name;
    struct day valid_from, valid_to;
};

struct casework {
    struct request *loading; /* what follows lives in its arena */
    const struct domain *domain;
    struct calendar *calendar;
    struct term_book *terms;
    struct definitions definitions;
    struct records fees;     /* struct fee_rule */
    struct records edges;    /* struct edge */
    struct records brigades; /* struct brigade */
    struct records appeal_bodies; /* struct appeal_body */
    struct cms_signer *signer; /* of papers ... */
    const struct statement_keys *statements; /* ... and of the codes on them (papers.h) */
};
struct casework_settings;
extern const struct statement casework_sql[];

/* Reads the law, registers and checks the definitions; faults go to stderr in plain words. The
   request, whose arena holds all of it, is closed by casework_close, and by this if it fails. */
MUST_CHECK enum error casework_open(struct request *loading, const struct domain *domain,
                                    const struct casework_settings *settings,
                                    struct casework *casework);
void casework_close(struct casework *casework);
/* For service.check: whether files can be kept. */
MUST_CHECK enum error casework_check(struct request *r);
static inline const struct casework *casework_of(const struct request *r)
{
    return r->state;
}

/* By name; NULL for none. */
const struct case_check *check_named(const struct domain *domain, const char *name);
const struct case_fact *fact_named(const struct domain *domain, const char *name);
const struct case_day *day_named(const struct domain *domain, const char *name);
const struct case_hook *hook_named(const struct domain *domain, const char *name);

/* The state to which this act leads; NULL when it leads nowhere. */
const char *edge_to(const struct casework *casework, const char *state, const char *act);
const struct brigade *brigade_of(const struct casework *casework, const char *code);
const struct brigade *brigade_in(const struct casework *casework, const char *division);
const struct brigade *headquarters(const struct casework *casework);
/* "reconsideration" or "court"; NULL when no version is in force. */
const struct appeal_body *appeal_body_on(const struct casework *c, const char *way, struct day decided);

/* The last day of a term of the law, from that day on; E_INTERNAL when no version is in force. */
MUST_CHECK enum error term_end_of(struct request *r, const char *code, struct day from,
                                  struct day *last);

/* The bit of enum role for "intake", "reviewer", "maker", "lead"; 0 for others. */
unsigned role_of_name(const char *name);

#endif
