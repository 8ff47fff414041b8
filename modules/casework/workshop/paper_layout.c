#include "casework/workshop/paper_layout.h"

#include <math.h>

enum { PAGES_MAX = 12 };

/* Margins follow GB/T 9704 (党政机关公文格式): 28 mm left, 26 mm right. */
static const struct sheet sheets[] = {
    [DECISION] = {595.28, 841.89, 79.4, 73.7, 76, 84, 13.5, 24, false},
    [NOTICE] = {595.28, 841.89, 79.4, 73.7, 76, 84, 13.5, 24, false},
    [RECEIPT] = {595.28, 841.89, 79.4, 73.7, 76, 84, 12.5, 22, false},
    [LICENCE] = {841.89, 595.28, 92, 92, 84, 78, 16, 29, true},
};

#define AUTHORITY_SIZE 16.0
#define TITLE_SIZE 23.0
#define SMALL_SIZE 9.0
#define CODE_SIDE 124.0 /* 44 mm: a module is about half a millimetre */
#define CLOSING_HEIGHT 160.0
#define STRETCH_MAX 0.12 /* of a character's size, between two of them */

struct flow {
    struct draft *draft;
    struct plan *plan;
    double y; /* of the next baseline */
};

static double text_width(const struct sheet *sheet)
{
    return sheet->width - sheet->left - sheet->right;
}

static struct item *add(struct flow *flow, struct item item)
{
    struct plan *plan = flow->plan;

    if (plan->count == plan->room) {
        struct item *more = arena_alloc(flow->draft->arena, 2 * plan->room * sizeof(item));

        memcpy(more, plan->items, plan->count * sizeof(item));
        plan->items = more;
        plan->room *= 2;
    }
    item.page = plan->pages;
    plan->items[plan->count] = item;
    return &plan->items[plan->count++];
}

/* Goes down so far; to the next page when less than `height` is left from where it was. */
static void go_down(struct flow *flow, double by, double height)
{
    const struct sheet *sheet = &flow->plan->sheet;

    flow->y += by;
    if (flow->y + height - by <= sheet->height - sheet->bottom)
        return;
    if (flow->plan->pages == PAGES_MAX)
        draft_refuse(flow->draft, "too_long", "the paper: more than 12 pages");
    else
        flow->plan->pages++;
    flow->y = sheet->top + AUTHORITY_SIZE;
}

struct style {
    double size, leading, indent; /* the indent is that of the first line */
    bool is_heading, is_centred;
};

/* The text in lines from `x` on, over pages as needed. */
static void put_text(struct flow *flow, const char *text, double x, double width,
                     struct style style)
{
    struct draft *draft = flow->draft;
    const struct font *font = style.is_heading && font_has(draft->fonts.heading, text)
                                  ? draft->fonts.heading
                                  : draft->fonts.text;
    struct lines lines = font_break(font, draft->arena, text, style.size, style.indent, width);

    for (size_t i = 0; i < lines.count && draft->refused == NULL; i++) {
        const struct line *line = &lines.items[i];
        bool is_first = i == 0 || lines.items[i - 1].is_last;
        double indent = is_first ? style.indent : 0, left = width - indent - line->width;
        struct item item = {line->text,  line->bytes, 0, x + indent, 0,
                            line->width, style.size,  0, font,       BLACK};
        size_t characters = line->bytes / 3 + 1; /* of Chinese text; more of other text */

        if (i > 0)
            go_down(flow, style.leading, style.leading);
        if (style.is_centred)
            item.x += left / 2;
        else if (!line->is_last && left / (double)characters < STRETCH_MAX * style.size)
            item.spread = left;
        item.y = flow->y;
        if (line->bytes > 0)
            add(flow, item);
    }
}

/* At the right margin. */
static void put_ending(struct flow *flow, const char *text, struct style style)
{
    const struct sheet *sheet = &flow->plan->sheet;
    double wide = font_width(flow->draft->fonts.text, text, strlen(text), style.size);
    double start = sheet->width - sheet->right - wide;

    put_text(flow, text, start > sheet->left ? start : sheet->left, text_width(sheet), style);
}

static void put_head(struct flow *flow, const struct document *document)
{
    const struct sheet *sheet = &flow->plan->sheet;
    const struct style authority = {AUTHORITY_SIZE, 24, 0, false, true},
                       title = {TITLE_SIZE, 32, 0, true, true};
    double width = text_width(sheet);

    flow->y = sheet->top + AUTHORITY_SIZE;
    put_text(flow, document->authority, sheet->left, width, authority);
    go_down(flow, 38, 38);
    put_text(flow, document->title, sheet->left, width, title);
    go_down(flow, 30, 30);
    put_ending(flow, document->number, (struct style){12, 0, 0, false, false});
    if (!sheet->is_framed) {
        add(flow, (struct item){.x = sheet->left, .y = flow->y + 9, .width = width});
        flow->y += 9;
    }
    go_down(flow, sheet->leading + 4, sheet->leading);
}

/* Label and text side by side: the text keeps to its own column, as wide as the widest label asks.
 */
static void put_rows(struct flow *flow, const struct section *section)
{
    const struct sheet *sheet = &flow->plan->sheet;
    const struct style style = {sheet->body, sheet->leading, 0, false, false};
    double column = 0, width = text_width(sheet);

    for (size_t i = 0; i < section->row_count; i++) {
        const char *label = section->rows[i].label;
        double wide = font_width(flow->draft->fonts.text, label, strlen(label), sheet->body);

        column = wide > column ? wide : column;
    }
    column = (column < width / 3 ? column : width / 3) + sheet->body;
    for (size_t i = 0; i < section->row_count && flow->draft->refused == NULL; i++) {
        int page = flow->plan->pages;
        double y = flow->y, end;

        put_text(flow, section->rows[i].label, sheet->left, column - sheet->body, style);
        end = flow->y;
        if (page == flow->plan->pages)
            flow->y = y;
        put_text(flow, section->rows[i].text, sheet->left + column, width - column, style);
        flow->y = end > flow->y && page == flow->plan->pages ? end : flow->y;
        if (sheet->is_framed)
            add(flow, (struct item){
                          .x = sheet->left, .y = flow->y + sheet->leading * 0.32, .width = width});
        go_down(flow, sheet->leading, sheet->leading);
    }
}

static void put_section(struct flow *flow, const struct section *section)
{
    const struct sheet *sheet = &flow->plan->sheet;
    const struct style heading = {sheet->body, sheet->leading, 0, true, false},
                       text = {sheet->body, sheet->leading, 2 * sheet->body, false, false};

    if (section->heading != NULL) {
        go_down(flow, sheet->leading * 0.2, sheet->leading * 1.2); /* not alone at the end */
        put_text(flow, section->heading, sheet->left, text_width(sheet), heading);
        go_down(flow, sheet->leading, sheet->leading);
    }
    put_rows(flow, section);
    for (size_t i = 0; i < section->paragraphs.count; i++) {
        put_text(flow, section->paragraphs.items[i], sheet->left, text_width(sheet), text);
        go_down(flow, sheet->leading, sheet->leading);
    }
}

/* Room for what the person wrote, and what it is; on one page. */
static void put_signature(struct flow *flow, const struct handwriting *signature)
{
    struct plan *plan = flow->plan;
    const struct sheet *sheet = &plan->sheet;
    const struct style small = {SMALL_SIZE, 12, 0, false, false};

    go_down(flow, 0, SIGN_HEIGHT + 12.0 * (double)(signature->lines.count + 2));
    plan->sign_x = sheet->left + sheet->body * 2;
    plan->sign_y = flow->y - sheet->body;
    plan->sign_page = plan->pages;
    flow->y += SIGN_HEIGHT + 6;
    for (size_t i = 0; i < signature->lines.count; i++) {
        put_text(flow, signature->lines.items[i], sheet->left, text_width(sheet), small);
        flow->y += 12;
    }
    flow->y += 12;
}

/* The code at the left; authority, date and seal at the right. They stay together. */
static void put_closing(struct flow *flow, const struct document *document)
{
    struct plan *plan = flow->plan;
    const struct sheet *sheet = &plan->sheet;
    const struct style centred = {sheet->body, sheet->leading, 0, false, true},
                       small = {SMALL_SIZE, 12, 0, false, true};
    double half = text_width(sheet) / 2, top;

    go_down(flow, 0, CLOSING_HEIGHT);
    top = flow->y;
    plan->code_x = floor(sheet->left);
    plan->code_y = floor(top);
    plan->code_side = CODE_SIDE;
    flow->y = top + CODE_SIDE + 12;
    for (size_t i = 0; document->code != NULL && i < document->code_lines.count; i++) {
        put_text(flow, document->code_lines.items[i], sheet->left - 20, CODE_SIDE + 40, small);
        flow->y += 12;
    }
    flow->y = top + 52;
    put_text(flow, document->authority, sheet->left + half, half, centred);
    flow->y += sheet->leading;
    put_text(flow, document->date, sheet->left + half, half, centred);
    plan->seal_x = sheet->left + half * 1.5;
    plan->seal_y = flow->y - sheet->leading * 0.7;
}

/* On every page: what the paper is, and which of how many pages. */
static void put_feet(struct flow *flow, const struct document *document)
{
    const struct sheet *sheet = &flow->plan->sheet;
    int pages = flow->plan->pages;

    for (int page = 1; page <= pages; page++) {
        const char *texts[] = {document->footer,
                               arena_printf(flow->draft->arena, "第%d页 共%d页", page, pages)};

        for (int i = 0; i < 2; i++) {
            size_t bytes = texts[i] != NULL ? strlen(texts[i]) : 0;
            double wide = font_width(flow->draft->fonts.text, texts[i], bytes, SMALL_SIZE);
            double x = (sheet->width - wide) / 2, y = sheet->height - 58 + 13 * i;
            struct item item = {
                texts[i], bytes, 0, x, y, wide, SMALL_SIZE, 0, flow->draft->fonts.text, GREY};

            if (bytes > 0)
                add(flow, item)->page = page;
        }
    }
}

bool plan_make(struct draft *draft, const struct document *document, struct plan *plan)
{
    struct flow flow = {draft, plan, 0};
    const struct sheet *sheet = &sheets[document->layout];
    const struct style line = {sheet->body, sheet->leading, 0, false, false};

    *plan = (struct plan){.sheet = *sheet, .room = 256, .pages = 1};
    plan->items = arena_alloc(draft->arena, plan->room * sizeof(struct item));
    put_head(&flow, document);
    for (size_t i = 0; i < document->addressee.count; i++) {
        put_text(&flow, document->addressee.items[i], sheet->left, text_width(sheet), line);
        go_down(&flow, sheet->leading, sheet->leading);
    }
    for (size_t i = 0; i < document->section_count && draft->refused == NULL; i++)
        put_section(&flow, &document->sections[i]);
    if (document->signature.points != NULL)
        put_signature(&flow, &document->signature);
    put_closing(&flow, document);
    put_feet(&flow, document);
    return draft->refused == NULL;
}
