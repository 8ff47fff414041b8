#include "casework/paper.h"

#include <jansson.h>

#include "casework/casework.h"
#include "core/clock.h"
#include "core/json_read.h"

static const struct field row_fields[] = {
    FIELD(struct paper_row, label),
    FIELD(struct paper_row, text),
    FIELD_END,
};
static const struct field appeal_fields[] = {
    FIELD(struct paper_appeal, way),
    FIELD(struct paper_appeal, recipient),
    FIELD(struct paper_appeal, term),
    FIELD_END,
};

static const struct {
    const char *layout, *title, *person, *content;
} kinds[PAPER_KINDS] = {
    [PAPER_FINE] = {"decision", "公安交通管理行政处罚决定书", "被处罚人", "处罚决定"},
    [PAPER_PENALTY] = {"decision", "公安交通管理行政处罚决定书", "被处罚人", "处罚决定"},
    [PAPER_LICENCE] = {"licence", "行政许可证", "持证人", "许可内容"},
    [PAPER_REFUSAL] = {"decision", "不予行政许可决定书", "申请人", "决定"},
    [PAPER_REVOCATION] = {"decision", "撤销行政许可决定书", "被许可人", "决定"},
    [PAPER_ACCEPTANCE] = {"notice", "受理通知书", "申请人", "受理内容"},
    [PAPER_REJECTION] = {"notice", "不予受理通知书", "申请人", "决定"},
    [PAPER_CORRECTION] = {"notice", "补正材料告知书", "申请人", "告知内容"},
    [PAPER_RECEIPT] = {"receipt", "办理回执", "办理人", "办理结果"},
};

#define BIT(kind) (1U << PAPER_##kind)
#define PENALTIES (BIT(FINE) | BIT(PENALTY))
#define DECISIONS (PENALTIES | BIT(REFUSAL) | BIT(REVOCATION))
#define NOTICES (BIT(ACCEPTANCE) | BIT(REJECTION) | BIT(CORRECTION))
#define ALL ((1U << PAPER_KINDS) - 1)

#define PENALTY_59 "《行政处罚法》第五十九条"
#define LICENSING_7 "《行政许可法》第七条"
#define LICENSING_32 "《行政许可法》第三十二条"
#define LICENSING_38 "《行政许可法》第三十八条"
#define LICENSING_39 "《行政许可法》第三十九条"
#define LICENSING_69 "《行政许可法》第六十九条"
#define OUR_OWN "文书规范" /* nothing of ours goes out without */

/* What must stand on which papers, and who says so. The first row that fits tells the source. */
static const struct demand {
    unsigned kinds;
    struct field field;
    const char *what, *source;
} demands[] = {
    {ALL, FIELD(struct paper, number), "文书编号", OUR_OWN},
    {ALL, FIELD(struct paper, statement), "核验二维码", OUR_OWN},
    {ALL, FIELD(struct paper, made_at), "制作时间", OUR_OWN},
    {PENALTIES, FIELD(struct paper, authority), "作出决定的行政机关名称", PENALTY_59},
    {PENALTIES, FIELD(struct paper, date), "作出决定的日期", PENALTY_59},
    {PENALTIES, FIELD(struct paper, person), "当事人的姓名或者名称", PENALTY_59},
    {PENALTIES, FIELD(struct paper, address), "当事人的地址", PENALTY_59},
    {PENALTIES, FIELD(struct paper, facts), "违法事实", PENALTY_59},
    {PENALTIES, FIELD(struct paper, evidence), "证据", PENALTY_59},
    {PENALTIES, FIELD(struct paper, content), "处罚的种类", PENALTY_59},
    {PENALTIES, FIELD(struct paper, basis), "处罚的依据", PENALTY_59},
    {PENALTIES, FIELD(struct paper, perform), "履行方式和期限", PENALTY_59},
    {PENALTIES, FIELD_LIST(struct paper, appeals, appeal_fields, struct paper_appeal),
     "申请行政复议、提起行政诉讼的途径和期限", PENALTY_59},
    {BIT(FINE), FIELD(struct paper, surcharge), "加处罚款的标准", "《行政强制法》第四十五条"},
    {BIT(REFUSAL), FIELD(struct paper, reasons), "不予许可的理由", LICENSING_38},
    {BIT(REFUSAL), FIELD_LIST(struct paper, appeals, appeal_fields, struct paper_appeal),
     "申请行政复议、提起行政诉讼的途径和期限", LICENSING_38},
    {BIT(REJECTION), FIELD(struct paper, reasons), "不予受理的理由", LICENSING_32},
    {BIT(REVOCATION), FIELD(struct paper, reasons), "撤销的理由", LICENSING_69},
    {BIT(REVOCATION) | BIT(REJECTION),
     FIELD_LIST(struct paper, appeals, appeal_fields, struct paper_appeal),
     "申请行政复议、提起行政诉讼的途径和期限", LICENSING_7},
    {DECISIONS | BIT(REJECTION), FIELD(struct paper, content), "决定内容", OUR_OWN},
    {DECISIONS | BIT(REJECTION), FIELD(struct paper, basis), "依据", OUR_OWN},
    {BIT(CORRECTION), FIELD(struct paper, gaps), "需要补正的全部内容", LICENSING_32},
    {BIT(ACCEPTANCE), FIELD(struct paper, content), "受理内容", LICENSING_32},
    {NOTICES, FIELD(struct paper, authority), "行政机关名称和专用印章", LICENSING_32},
    {NOTICES, FIELD(struct paper, date), "日期", LICENSING_32},
    {BIT(LICENCE), FIELD_LIST(struct paper, particulars, row_fields, struct paper_row), "许可内容",
     LICENSING_39},
    {BIT(LICENCE), FIELD(struct paper, valid_from), "有效期", LICENSING_39},
    {BIT(LICENCE), FIELD(struct paper, authority), "行政机关名称和印章", LICENSING_39},
    {BIT(RECEIPT), FIELD(struct paper, content), "办理结果", OUR_OWN},
    {ALL, FIELD(struct paper, authority), "行政机关名称", OUR_OWN},
    {ALL, FIELD(struct paper, date), "日期", OUR_OWN},
    {ALL, FIELD(struct paper, person), "姓名或者名称", OUR_OWN},
};

static bool has_text(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static bool has_texts(const struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        if (!has_text(texts->items[i]))
            return false;
    return texts->count > 0;
}

/* At least one, and nothing of any is missing; all members are texts. */
static bool has_records(const struct field *field, const struct records *records)
{
    for (size_t i = 0; i < records->count; i++)
        for (const struct field *one = field->of; one->name != NULL; one++)
            if (!has_text(*(const char *const *)((const char *)records->items + i * field->size +
                                                 one->offset)))
                return false;
    return records->count > 0;
}

static bool is_there(const struct field *field, const struct paper *paper)
{
    const void *member = (const char *)paper + field->offset;

    switch (field->kind) {
    case KIND_TEXT:
        return has_text(*(const char *const *)member);
    case KIND_TEXTS:
        return has_texts(member);
    case KIND_RECORDS:
        return has_records(field, member);
    default: /* days and instants */
        return *(const int64_t *)member != NONE;
    }
}

/* Whether an earlier row already asked this kind for the member. */
static bool is_asked_before(const struct demand *demand, unsigned bit)
{
    for (const struct demand *one = demands; one < demand; one++)
        if ((one->kinds & bit) != 0 && one->field.offset == demand->field.offset)
            return true;
    return false;
}

const char *paper_title(enum paper_kind kind)
{
    return kinds[kind].title;
}

struct paper paper_of(enum paper_kind kind)
{
    return (struct paper){
        .kind = kind, .date = {NONE}, .made_at = {NONE}, .valid_from = {NONE}, .valid_to = {NONE}};
}

bool paper_lacks(const struct paper *paper, size_t index, const char **what, const char **source)
{
    unsigned bit = 1U << paper->kind;

    for (size_t i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
        const struct demand *demand = &demands[i];

        if ((demand->kinds & bit) == 0 || is_there(&demand->field, paper) ||
            is_asked_before(demand, bit))
            continue;
        if (index-- == 0) {
            *what = demand->what;
            *source = demand->source;
            return true;
        }
    }
    return false;
}

void paper_check(struct request *r, const struct paper *paper)
{
    const char *what, *source;

    for (size_t i = 0; paper_lacks(paper, i, &what, &source); i++)
        reason(r, PAPER_INCOMPLETE, VALUES(what, source));
}

/* ------------------------------------------------------------------------------------------- */

/* "2026年11月28日" */
static const char *day_text(struct arena *arena, struct day day)
{
    int64_t year, month, date;

    day_parts(day, &year, &month, &date);
    return arena_printf(arena, "%d年%d月%d日", (int)year, (int)month, (int)date);
}

static json_t *row_of(const char *label, const char *text)
{
    return json_pack("{s:s, s:s}", "label", label, "text", text);
}

static json_t *texts_of(const struct texts *texts)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->count; i++)
        json_array_append_new(list, json_string(texts->items[i]));
    return list;
}

/* The parts of a decision or notice, numbered in Chinese as they come. */
struct parts {
    struct arena *arena;
    json_t *sections;
};

static void add_part(struct parts *parts, const char *heading, const char *member, json_t *list)
{
    static const char *const numbers[] = {"一", "二", "三", "四", "五",  "六",
                                          "七", "八", "九", "十", "十一"};
    const char *numbered =
        arena_printf(parts->arena, "%s、%s", numbers[json_array_size(parts->sections)], heading);

    json_array_append_new(parts->sections,
                          json_pack("{s:s, s:o}", "heading", numbered, member, list));
}

static void add_text(struct parts *parts, const char *heading, const char *text)
{
    if (has_text(text))
        add_part(parts, heading, "paragraphs", json_pack("[s]", text));
}

static void add_texts(struct parts *parts, const char *heading, const struct texts *texts)
{
    if (texts->count > 0)
        add_part(parts, heading, "paragraphs", texts_of(texts));
}

static json_t *add_rows(json_t *list, const struct records *rows)
{
    const struct paper_row *row = rows->items;

    for (size_t i = 0; i < rows->count; i++, row++)
        json_array_append_new(list, row_of(row->label, row->text));
    return list;
}

static void add_appeals(struct parts *parts, const struct records *appeals)
{
    const struct paper_appeal *appeal = appeals->items;
    json_t *list = json_array();

    for (size_t i = 0; i < appeals->count; i++, appeal++)
        json_array_append_new(list,
                              row_of(appeal->way, arena_printf(parts->arena, "%s，向%s提出",
                                                               appeal->term, appeal->recipient)));
    if (appeals->count > 0)
        add_part(parts, "救济途径和期限", "rows", list);
    else
        json_decref(list);
}

static json_t *sections_of(struct arena *arena, const struct paper *paper)
{
    struct parts parts = {arena, json_array()};
    bool is_penalty = paper->kind == PAPER_FINE || paper->kind == PAPER_PENALTY;

    if (paper->particulars.count > 0)
        add_part(&parts, "基本情况", "rows", add_rows(json_array(), &paper->particulars));
    add_text(&parts, is_penalty ? "违法事实" : "事实", paper->facts);
    add_text(&parts, "证据", paper->evidence);
    add_text(&parts, "理由", paper->reasons);
    add_texts(&parts, "依据", &paper->basis);
    add_text(&parts, kinds[paper->kind].content, paper->content);
    add_texts(&parts, "需要补正的全部内容", &paper->gaps);
    add_text(&parts, "履行方式和期限", paper->perform);
    add_text(&parts, "逾期不履行的后果", paper->surcharge);
    add_appeals(&parts, &paper->appeals);
    add_text(&parts, "其他事项", paper->note);
    return parts.sections;
}

/* One table: whose it is, what it allows, from when until when. */
static json_t *licence_of(struct arena *arena, const struct paper *paper)
{
    json_t *rows = json_array(), *sections = json_array();
    const char *from = day_text(arena, paper->valid_from);
    const char *days = paper->valid_to.number == NONE
                           ? arena_printf(arena, "自%s起", from)
                           : arena_printf(arena, "%s至%s", from, day_text(arena, paper->valid_to));

    json_array_append_new(rows, row_of(kinds[paper->kind].person, paper->person));
    add_rows(rows, &paper->particulars);
    json_array_append_new(rows, row_of("有效期", days));
    if (has_text(paper->note))
        json_array_append_new(rows, row_of("备注", paper->note));
    json_array_append_new(sections, json_pack("{s:o}", "rows", rows));
    return sections;
}

static json_t *addressee_of(struct arena *arena, const struct paper *paper)
{
    json_t *lines = json_array();

    if (paper->kind == PAPER_LICENCE)
        return lines;
    json_array_append_new(lines, json_string(arena_printf(
                                     arena, "%s：%s", kinds[paper->kind].person, paper->person)));
    if (has_text(paper->address))
        json_array_append_new(lines, json_string(arena_printf(arena, "地址：%s", paper->address)));
    return lines;
}

/* NULL, which leaves the member out, without one. */
static json_t *signature_of(const struct paper_signature *signature)
{
    return signature == NULL ? NULL
                             : json_pack("{s:s, s:o}", "strokes", signature->strokes, "lines",
                                         texts_of(&signature->lines));
}

const char *paper_json(struct arena *arena, const struct paper *paper)
{
    const char *title = has_text(paper->title) ? paper->title : kinds[paper->kind].title;
    const char *number = arena_printf(arena, "编号：%s", paper->number);
    json_t *sections =
        paper->kind == PAPER_LICENCE ? licence_of(arena, paper) : sections_of(arena, paper);

    return json_written(
        arena,
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o*, s:s, s:s, s:[s], s:s}", "layout",
                  kinds[paper->kind].layout, "title", title, "authority", paper->authority,
                  "number", number, "date", day_text(arena, paper->date), "made_at",
                  arena_printf(arena, "%.19sZ", instant_to_text(arena, paper->made_at)),
                  "addressee", addressee_of(arena, paper), "sections", sections, "signature",
                  signature_of(paper->signature), "seal", paper->authority, "code",
                  paper->statement, "code_lines", "扫码核验真伪和当前状态", "footer",
                  "本文书附有数字签名，改动即失效；真伪和当前状态以扫码核验为准"));
}
