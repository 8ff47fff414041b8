#include "casework/workshop/paper_document.h"

#include <jansson.h>

#include "casework/utf8.h"
#include "core/json_read.h"

enum { SHORT_MAX = 240, TEXT_MAX = 12000, CODE_MAX = 1200, PLACE_MAX = 64 };
enum {
    SIGNATURE_LINES_MAX = 6,
    ADDRESSEE_MAX = 12,
    CODE_LINES_MAX = 3,
    SECTIONS_MAX = 40,
    ROWS_MAX = 100
};

void draft_refuse(struct draft *draft, const char *code, const char *about)
{
    if (draft->refused == NULL)
        draft->refused = arena_printf(draft->arena, "%s %s", code, about);
}

/* Control characters; what is not seen and steers direction, joining or form; private characters,
   which mean something else in every font; and what is no character at all. */
static bool is_forbidden(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0, 0x1F},         {0x7F, 0x9F},       {0xAD, 0xAD},       {0x61C, 0x61C},
        {0x180E, 0x180E},    {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
        {0xE000, 0xF8FF},    {0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
        {0xFFF0, 0xFFFF},    {0x1FFFE, 0x1FFFF}, {0x2FFFE, 0x2FFFF}, {0x3FFFE, 0x3FFFF},
        {0xE0000, 0x10FFFF},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static void check_text(struct draft *draft, const char *text, const char *place, bool has_lines)
{
    uint32_t code;

    for (size_t size; (size = utf8_next(text, &code)) > 0; text += size) {
        const char *about = arena_printf(draft->arena, "U+%04X in %s", (unsigned)code, place);

        if (code == '\n' && has_lines)
            continue;
        if (is_forbidden(code))
            draft_refuse(draft, "character_forbidden", about);
        else if (font_glyph(draft->fonts.text, code) == 0)
            draft_refuse(draft, "glyph_missing", about);
        if (draft->refused != NULL)
            return;
    }
}

/* Checked; "" when it is refused. A code to scan and strokes are not drawn as text, so not held to
   the font. */
static const char *text_of(struct draft *draft, const json_t *json, const char *place, size_t max)
{
    const char *text = json_string_value(json);

    if (text == NULL)
        draft_refuse(draft, "member_type", place);
    else if (text[0] == '\0')
        draft_refuse(draft, "text_missing", place);
    else if (strlen(text) > max)
        draft_refuse(draft, "text_too_long", place);
    else if (max != CODE_MAX && max != STROKES_TEXT_MAX)
        check_text(draft, text, place, max == TEXT_MAX);
    return draft->refused == NULL ? text : "";
}

static const char *member(struct draft *draft, const json_t *object, const char *name, size_t max)
{
    const json_t *json = json_object_get(object, name);

    if (json == NULL) {
        draft_refuse(draft, "text_missing", name);
        return "";
    }
    return text_of(draft, json, name, max);
}

static const char *member_or_null(struct draft *draft, const json_t *object, const char *name,
                                  size_t max)
{
    return json_object_get(object, name) != NULL ? member(draft, object, name, max) : NULL;
}

/* NULL, and 0 items, when it is absent or refused. */
static const json_t *list_of(struct draft *draft, const json_t *object, const char *name,
                             size_t max, size_t *count)
{
    const json_t *list = json_object_get(object, name);

    *count = 0;
    if (list == NULL)
        return NULL;
    if (!json_is_array(list))
        draft_refuse(draft, "member_type", name);
    else if (json_array_size(list) > max)
        draft_refuse(draft, "too_many", name);
    else
        *count = json_array_size(list);
    return list;
}

static struct texts texts_of(struct draft *draft, const json_t *object, const char *name,
                             size_t limit, size_t text_max)
{
    struct texts texts;
    const json_t *list = list_of(draft, object, name, limit, &texts.count);

    texts.items = arena_alloc(draft->arena, texts.count * sizeof(*texts.items));
    for (size_t i = 0; i < texts.count; i++)
        texts.items[i] = text_of(draft, json_array_get(list, i),
                                 arena_printf(draft->arena, "%s[%zu]", name, i), text_max);
    return texts;
}

static void check_members(struct draft *draft, const json_t *object, const char *const *known)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object)) {
        draft_refuse(draft, "member_type", known[0]);
        return;
    }
    /* The macro casts the constness away, and only reads. */
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!is_one_of(name, known))
            draft_refuse(draft, "member_unknown",
                         utf8_fit(name, PLACE_MAX) == strlen(name) ? name : "");
    }
}

static void read_section(struct draft *draft, const json_t *json, struct section *section)
{
    static const char *const known[] = {"heading", "rows", "paragraphs", NULL};
    static const char *const known_of_row[] = {"label", "text", NULL};
    const json_t *rows = list_of(draft, json, "rows", ROWS_MAX, &section->row_count);

    check_members(draft, json, known);
    section->heading = member_or_null(draft, json, "heading", SHORT_MAX);
    section->paragraphs = texts_of(draft, json, "paragraphs", ROWS_MAX, TEXT_MAX);
    section->rows = arena_alloc(draft->arena, section->row_count * sizeof(struct row));
    for (size_t i = 0; i < section->row_count && draft->refused == NULL; i++) {
        const json_t *row = json_array_get(rows, i);

        check_members(draft, row, known_of_row);
        section->rows[i] = (struct row){member(draft, row, "label", SHORT_MAX),
                                        member(draft, row, "text", TEXT_MAX)};
    }
}

static struct handwriting signature_of(struct draft *draft, const json_t *object)
{
    static const char *const known[] = {"strokes", "lines", NULL};
    const json_t *json = json_object_get(object, "signature");
    struct handwriting signature = {.points = NULL};

    if (json == NULL)
        return signature;
    check_members(draft, json, known);
    signature.lines = texts_of(draft, json, "lines", SIGNATURE_LINES_MAX, SHORT_MAX);
    signature.points = arena_alloc(draft->arena, STROKES_POINTS_MAX * sizeof(*signature.points));
    if (!strokes_read(member(draft, json, "strokes", STROKES_TEXT_MAX), signature.points,
                      &signature.strokes))
        draft_refuse(draft, "strokes_malformed", "signature");
    return signature;
}

static enum layout layout_of(struct draft *draft, const json_t *json)
{
    static const char *const names[] = {
        [DECISION] = "decision", [NOTICE] = "notice", [RECEIPT] = "receipt", [LICENCE] = "licence"};
    const char *name = member(draft, json, "layout", SHORT_MAX);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return (enum layout)i;
    draft_refuse(draft, "member_type", "layout");
    return DECISION;
}

/* "2026-11-28T08:00:00Z": cairo leaves out what it cannot read. */
static const char *moment_of(struct draft *draft, const json_t *json)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    const char *text = member(draft, json, "made_at", SHORT_MAX);

    if (strlen(text) != strlen(form))
        draft_refuse(draft, "member_type", "made_at");
    for (size_t i = 0; draft->refused == NULL && form[i] != '\0'; i++)
        if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            draft_refuse(draft, "member_type", "made_at");
    return text;
}

bool document_read(struct draft *draft, struct bytes text, struct document *document)
{
    static const char *const known[] = {"layout",     "title",     "authority", "number", "date",
                                        "made_at",    "addressee", "sections",  "seal",   "code",
                                        "code_lines", "footer",    "signature", NULL};
    const json_t *json = read_json(draft->arena, text), *sections;

    if (!json_is_object(json)) {
        draft_refuse(draft, "not_json", "the input");
        return false;
    }
    check_members(draft, json, known);
    *document = (struct document){
        .layout = layout_of(draft, json),
        .title = member(draft, json, "title", SHORT_MAX),
        .authority = member(draft, json, "authority", SHORT_MAX),
        .number = member(draft, json, "number", SHORT_MAX),
        .date = member(draft, json, "date", SHORT_MAX),
        .made_at = moment_of(draft, json),
        .seal = member_or_null(draft, json, "seal", SHORT_MAX),
        .code = member_or_null(draft, json, "code", CODE_MAX),
        .footer = member_or_null(draft, json, "footer", SHORT_MAX),
        .addressee = texts_of(draft, json, "addressee", ADDRESSEE_MAX, SHORT_MAX),
        .code_lines = texts_of(draft, json, "code_lines", CODE_LINES_MAX, SHORT_MAX),
        .signature = signature_of(draft, json),
    };
    sections = list_of(draft, json, "sections", SECTIONS_MAX, &document->section_count);
    document->sections =
        arena_alloc(draft->arena, document->section_count * sizeof(struct section));
    for (size_t i = 0; i < document->section_count && draft->refused == NULL; i++)
        read_section(draft, json_array_get(sections, i), &document->sections[i]);
    return draft->refused == NULL;
}
