#include "payment/cases.h"

#include "core/audit.h"
#include "payment/payment.h"

const struct case_kind case_kinds[] = {
    {"orphan", "收到的款项在本系统没有对应的缴款单，已自动原路退回", "确认退款成功后结案"},
    {"mismatch", "实收金额与缴款单金额不一致，已自动原路退回", "确认退款成功后结案"},
    {"refund_abnormal", "退款未能到账（账户注销或冻结等）", "在商户平台改用其他方式退款"},
    {"refund_closed", "支付机构不予受理退款", "查明原因后另行退款"},
    {"refund_transfer", "支付机构已无法原路退回，需向缴款人提供的银行账户办理国库退付",
     "登记国库退付凭证号，由另一人复核"},
    {"refund_twice", "国库退付已登记，支付机构又原路退回了款项", "向国库核实并追回重复退付"},
    {"revoked_overlap", "决定已撤销，但其缴款此前已有退款，可退余额不足",
     "核实此前退款是否即为该款项"},
    {"refund_rights_lost", "经办人或复核人已不再具有权限，退款未执行",
     "由有权限的两人重新办理退款"},
    {"refund_unexpected", "支付机构退出了本系统未申请的款项", "向支付机构查询该笔退款的发起人"},
    {"refund_recovered", "数据库恢复后由支付机构的账单补记的退款", "核对经办与复核记录后结案"},
    {"callback_parked", "支付机构的通知无法处理", "交技术人员处理该通知"},
    {"bill_refused", "对账单未通过校验（哈希、格式或合计不符）", "重新下载该日账单"},
    {"bill_changed", "同一日账单重新下载后内容有变", "与支付机构核实以哪一份为准"},
    {"bill_amount_differs", "账单金额与本系统记账金额不一致", "与支付机构核对该笔金额"},
    {"bill_state_differs", "账单显示退款失败，而本系统已记为退款成功",
     "向支付机构查询该笔退款状态"},
    {"bill_missing_here", "资金账单中的款项在本系统没有记录", "查明该笔资金来源后补记"},
    {"bill_missing_there", "本系统已记账的款项未出现在账单中", "向支付机构查询该笔款项"},
    {"bill_totals_differ", "当日账单净额与清算科目发生额不一致", "逐笔核对后更正记账"},
    {.kind = 0},
};

struct case_view {
    const char *id, *kind, *title, *detail, *action;
    struct instant created_at;
};

const struct field case_view_fields[] = {
    FIELD(struct case_view, id),
    FIELD(struct case_view, kind),
    FIELD(struct case_view, title),
    FIELD(struct case_view, detail),
    FIELD(struct case_view, action),
    FIELD(struct case_view, created_at),
    FIELD_END,
};

/* Of these the table knows; the words are added. */
static const struct field case_row_fields[] = {
    FIELD(struct case_view, id),
    FIELD(struct case_view, kind),
    FIELD(struct case_view, detail),
    FIELD(struct case_view, created_at),
    FIELD_END,
};

struct closed_case {
    const char *id, *state, *kind;
};

const struct field closed_case_fields[] = {
    FIELD(struct closed_case, id),
    FIELD(struct closed_case, state),
    FIELD_END,
};

static const struct field closed_row_fields[] = {
    FIELD(struct closed_case, id),
    FIELD(struct closed_case, state),
    FIELD(struct closed_case, kind),
    FIELD_END,
};

enum { LIST_OPEN_CASES, FIND_CASE, CLOSE_CASE, CLOSE_CASE_OF, STATEMENTS_END };

const struct statement case_sql[] = {
    [LIST_OPEN_CASES] = {.sql = "SELECT id, kind, detail, created_at FROM payment_case"
                                "  WHERE state = 'open' AND id < ? ORDER BY id DESC LIMIT ?",
                         ROWS(struct case_view, case_row_fields)},
    [FIND_CASE] = {.sql = "SELECT id, state, kind FROM payment_case WHERE id = ?",
                   ROWS(struct closed_case, closed_row_fields)},
    [CLOSE_CASE] = {.sql = "UPDATE payment_case SET state = 'closed'"
                           "  WHERE id = ? AND state = 'open'"},
    [CLOSE_CASE_OF] = {.sql = "UPDATE payment_case SET state = 'closed'"
                              "  WHERE kind = ? AND dedupe = ? AND state = 'open'"},
    [STATEMENTS_END] = {.sql = NULL},
};

enum error close_case_of(struct request *r, const char *kind, const char *dedupe)
{
    return db_run(r, &case_sql[CLOSE_CASE_OF], VALUES(kind, dedupe));
}

static const struct case_kind *kind_of(const char *kind)
{
    static const struct case_kind unknown = {"", "需人工处理", "查明情况后处理"};

    for (const struct case_kind *at = case_kinds; at->kind != NULL; at++)
        if (strcmp(at->kind, kind) == 0)
            return at;
    return &unknown;
}

enum error list_cases(struct request *r)
{
    const struct page_input *in = r->input;
    int64_t limit = page_limit(in->limit);
    struct case_view *views;
    struct records page;
    bool is_more;

    TRY(db_many(r, &case_sql[LIST_OPEN_CASES], &page, VALUES(page_below(in->after), limit + 1)));
    is_more = page_cut(&page, limit);
    views = arena_alloc(r->arena, (page.count + 1) * sizeof(*views));
    if (page.count > 0)
        memcpy(views, page.items, page.count * sizeof(*views));
    for (size_t i = 0; i < page.count; i++) {
        views[i].title = kind_of(views[i].kind)->title;
        views[i].action = kind_of(views[i].kind)->action;
    }
    return reply_page(r, case_view_fields, sizeof(*views), (struct records){views, page.count},
                      is_more ? views[page.count - 1].id : NULL);
}

/* One that is closed stays so: the second tap says the same. */
static enum error end_case(struct request *r, void *product)
{
    const struct close_case_input *in = r->input;
    struct closed_case *found = product;
    enum error changed;

    TRY(db_one(r, &case_sql[FIND_CASE], found, VALUES(in->id)));
    if (strcmp(found->kind, "refund_transfer") == 0 && strcmp(found->state, "open") == 0)
        return refuse(r, CASE_ENDS_ITSELF, VALUES(in->id));
    changed = db_change(r, &case_sql[CLOSE_CASE], VALUES(in->id));
    if (changed != E_OK && changed != E_NOT_FOUND)
        return changed;
    if (changed == E_OK)
        audit(r, "case_closed", in->id, "%s", in->note);
    return db_one(r, &case_sql[FIND_CASE], product, VALUES(in->id));
}

enum error close_case(struct request *r)
{
    struct closed_case closed;

    TRY(db_transaction(r, end_case, &closed));
    return reply_record(r, 200, closed_case_fields, &closed);
}
