/* The flow chart of a service as SVG, drawn from the steps that the workflow runs on. Readable on a
   phone: one column of boxes, what may go otherwise beside them. */

#include "casework/guide_chart.h"

#include "casework/html.h"

enum { WIDTH = 420, BOX_LEFT = 20, BOX_WIDTH = 230, BOX_HEIGHT = 60, GAP = 36 };

struct chart {
    struct arena *arena;
    const char *shapes;
    int top;
};

static void add_arrow(struct chart *chart)
{
    int x = BOX_LEFT + BOX_WIDTH / 2;

    if (chart->top == GAP / 2)
        return;
    chart->shapes = arena_printf(chart->arena,
                                 "%s<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#345\""
                                 " marker-end=\"url(#tip)\"/>",
                                 chart->shapes, x, chart->top - GAP, x, chart->top - 2);
}

/* A step, who does it, and beside it where it may lead otherwise. */
static void add_box(struct chart *chart, const char *name, const char *who, const char *otherwise)
{
    struct arena *arena = chart->arena;
    int middle = BOX_LEFT + BOX_WIDTH / 2;

    add_arrow(chart);
    chart->shapes = arena_printf(
        arena,
        "%s<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#eef4fb\""
        " stroke=\"#345\"/><text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"16\">%s"
        "</text><text x=\"%d\" y=\"%d\" text-anchor=\"middle\" font-size=\"12\" fill=\"#567\">%s"
        "</text>",
        chart->shapes, BOX_LEFT, chart->top, BOX_WIDTH, BOX_HEIGHT, middle, chart->top + 26,
        html_escaped(arena, name), middle, chart->top + 46, html_escaped(arena, who));
    if (otherwise != NULL)
        chart->shapes = arena_printf(
            arena,
            "%s<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#a55\""
            " stroke-dasharray=\"4 3\"/><text x=\"%d\" y=\"%d\" font-size=\"12\" fill=\"#a33\">%s"
            "</text>",
            chart->shapes, BOX_LEFT + BOX_WIDTH, chart->top + BOX_HEIGHT / 2,
            BOX_LEFT + BOX_WIDTH + 24, chart->top + BOX_HEIGHT / 2, BOX_LEFT + BOX_WIDTH + 30,
            chart->top + BOX_HEIGHT / 2 + 4, html_escaped(arena, otherwise));
    chart->top += BOX_HEIGHT + GAP;
}

static void add_steps(struct chart *chart, const struct definition *definition, bool is_after)
{
    const struct step_rule *step = definition->steps.items;

    for (size_t i = 0; i < definition->steps.count; i++, step++)
        if (step->is_after == is_after)
            add_box(chart, step->name, step_who(step), is_after ? "不通过：撤销" : "不予许可");
}

const char *guide_chart(struct arena *arena, const struct definition *definition)
{
    bool is_reviewed = strcmp(definition->mode, "reviewed") == 0;
    const char *end =
        definition->permit != NULL ? arena_printf(arena, "颁发%s", definition->permit) : "办结";
    struct chart chart = {arena, "", GAP / 2};

    add_box(&chart, "网上提交申请", "申请人", NULL);
    if (is_reviewed)
        add_box(&chart, "受理", "受理人员", "一次性补正／不予受理");
    else
        add_box(&chart, "系统自动核验", "系统", "不符合：告知全部原因");
    add_steps(&chart, definition, false);
    if (definition->fees.count > 0)
        add_box(&chart, "在线缴费", "申请人", "逾期未缴：视为撤回");
    add_box(&chart, end, "电子证照，扫码可查", NULL);
    add_steps(&chart, definition, true);
    return arena_printf(
        arena,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\""
        " role=\"img\" aria-label=\"%s\" font-family=\"sans-serif\"><defs><marker id=\"tip\""
        " markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" orient=\"auto\">"
        "<path d=\"M0,0 L8,4 L0,8 z\" fill=\"#345\"/></marker></defs>%s</svg>",
        WIDTH, chart.top - GAP / 2, WIDTH,
        html_escaped(arena, arena_printf(arena, "%s办理流程", definition->name)), chart.shapes);
}
