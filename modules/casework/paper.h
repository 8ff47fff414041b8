/*
 * A paper (文书) that the platform issues: what the law demands to stand on it, and the input of the
 * workshop that draws it. Which members a kind must have stands in one table, with the article that
 * demands it; a paper that lacks one is not issued. The way of a paper: paper_check,
 * statement_sign, paper_json, workshop-paper, paper_sign.
 *
 * A receipt here confirms that something was handed in or done. It is none for money: for a fine the
 * person may insist on the treasury's own (Penalty Law 70).
 */
#ifndef CASEWORK_PAPER_H
#define CASEWORK_PAPER_H

#include "core/arena.h"
#include "core/field.h"

struct request;

enum paper_kind {
    PAPER_FINE,       /* 行政处罚决定书, of a fine */
    PAPER_PENALTY,    /* the same without one: 警告, 暂扣, 吊销 */
    PAPER_LICENCE,    /* 许可证件; its title is the permit's */
    PAPER_REFUSAL,    /* 不予行政许可决定书 */
    PAPER_REVOCATION, /* 撤销行政许可决定书 */
    PAPER_ACCEPTANCE, /* 受理通知书 */
    PAPER_REJECTION,  /* 不予受理通知书 */
    PAPER_CORRECTION, /* 补正告知书 */
    PAPER_RECEIPT,    /* 回执 */
    PAPER_KINDS,
};

/* "号牌号码", "粤B12345" */
struct paper_row {
    const char *label, *text;
};
/* A way to appeal (救济途径): "行政复议", to whom, and until when. */
struct paper_appeal {
    const char *way, *recipient, *term;
};

/* What the person signed by hand (手写签名): the strokes (strokes.h), and what stands below them. */
struct paper_signature {
    const char *strokes;
    struct texts lines;
};

struct paper {
    enum paper_kind kind;
    const char *title; /* NULL: that of its kind */
    const char *authority, *number;
    struct day date;
    struct instant made_at;
    const char *person, *address; /* whom it concerns, and where that one lives or sits */
    struct records particulars;   /* struct paper_row: what it is about */
    const char *facts, *evidence, *reasons;
    struct texts basis;           /* an article each */
    const char *content;          /* what is decided */
    struct texts gaps;            /* all that is missing, said at once */
    const char *perform;          /* how and until when */
    const char *surcharge;        /* what being late costs, and its limit */
    struct records appeals;       /* struct paper_appeal */
    struct day valid_from, valid_to; /* first and last day; without end: NONE */
    const char *note;
    const char *statement; /* what the code to scan holds (statement.h) */
    const struct paper_signature *signature; /* NULL: none */
};

/* "不予受理通知书" */
const char *paper_title(enum paper_kind kind);

/* Absent everywhere: amounts and days are not 0. */
struct paper paper_of(enum paper_kind kind);

/* Of what the paper lacks the index-th, in words, and who demands it; false beyond the last. */
bool paper_lacks(const struct paper *paper, size_t index, const char **what, const char **source);
/* All of it becomes reasons: PAPER_INCOMPLETE. */
void paper_check(struct request *r, const struct paper *paper);

/* The workshop's input (workshop/paper_document.h). */
const char *paper_json(struct arena *arena, const struct paper *paper);

#endif
