/*
 * The definition of a service (事项): one JSON file beside its module (modules/road/services), built
 * into the program. It says who may apply for what with which fields and documents, who works on it
 * in which steps, and which clocks run; casework carries it out. What it can not say is C in the
 * module, by a name that the definition uses (domain.h).
 *
 * A running application keeps its version: the module registers each at its start, and refuses to
 * start when what stands under an old version was changed. scripts/check-services checks the files.
 */
#ifndef CASEWORK_DEFINITION_H
#define CASEWORK_DEFINITION_H

#include "core/db.h"

/* The state of an application between the decision and the grant (待缴费; fee.h). */
#define PAYABLE "payable"

/* One member of the form that an applicant fills in. */
struct form_rule {
    const char *code, *name, *hint; /* Chinese from name on */
    const char *kind;    /* text, plate, plate_type, vin, mobile, day, number, choice, division, flag */
    bool is_required;
    int64_t min, max;    /* characters of a text, or the value of a number */
    struct texts choices;
};

/* A document to be uploaded, unless a fact stands in its place (问一次). */
struct document_rule {
    const char *code, *name, *hint;
    bool is_required;
    int64_t max_count;    /* files */
    const char *fact;     /* name of the source that makes it unnecessary; NULL: none does */
    const char *fact_name; /* what the applicant reads of it */
};

/* A step (环节) that needs an officer. */
struct step_rule {
    const char *code, *name;
    struct texts roles; /* intake, reviewer, maker, lead: one of them */
    unsigned role_mask; /* the same as enum role */
    const char *other_than; /* a step before it that another officer has to have done; NULL */
    bool is_after;      /* comes after the permit: what was approved first is reviewed now */
};

/* A term that runs while the application is in one of these states, counted from its entering them. */
struct clock_rule {
    const char *code, *name;
    const char *term;     /* code in term_rule; NULL: until the day that ... */
    const char *day;      /* ... this named function of the domain tells */
    struct texts during;  /* states */
    bool is_after;        /* runs with the steps after the permit instead */
    const char *at_end;   /* accept, grant, withdraw, or escalate: what silence means */
    bool is_promise;      /* for the decision; V8 counts whether it was kept */
    int64_t warn_days;    /* working days before its end the brigade lead sees it */
};

struct pause_rule {
    const char *code, *name, *source;
};

struct definition {
    /* As the file says. */
    const char *code, *name, *name_en, *measure, *serial; /* two digits of application numbers */
    int64_t version;
    const char *summary;
    const char *holder_field; /* of the form: what the permit names as its holder; NULL: the
                                 organisation that applies */
    const char *permit;     /* Chinese name of what is issued; NULL: nothing is */
    struct texts basis, applicants, channels, checks, promises;
    struct texts fees;      /* items of fee_rule (fee.h); none: it is free */
    const char *mode;       /* reviewed, instant, approve_first */
    const char *decided_by; /* headquarters, or brigade: of the division that a field names */
    const char *division_field;
    const char *on_submit, *on_grant, *on_revoke, *on_end; /* names of hooks; NULL */
    struct records forms;     /* struct form_rule */
    struct records documents; /* struct document_rule */
    struct records steps;     /* struct step_rule; those after the permit come last */
    struct records clocks;    /* struct clock_rule */
    struct records pauses;    /* struct pause_rule */

    /* Made of it. */
    struct bytes body, sha256;
    const struct param *form_params; /* reads a form like any input ... */
    const struct field *form_fields; /* ... and writes it; see form.h */
    size_t form_size;
};

/* A file of modules/NAME/services as the build put it into the program. */
struct service_file {
    const char *name; /* NULL ends a table */
    const unsigned char *data;
    size_t size;
};

/* Reads and checks one; its faults are reasons. The definition lives in r->arena. */
MUST_CHECK enum error definition_read(struct request *r, struct bytes body,
                                      struct definition *definition);

const struct step_rule *step_of(const struct definition *definition, const char *code);
const struct document_rule *document_of(const struct definition *definition, const char *code);
const struct clock_rule *clock_of(const struct definition *definition, const char *code);
const struct pause_rule *pause_of(const struct definition *definition, const char *code);
/* The clock in whose term the fees are to be paid; NULL for a service without any. */
const struct clock_rule *fee_clock_of(const struct definition *definition);

/* All versions of a module's definitions, as a worker knows them. */
struct definitions {
    const struct definition *items; /* by code, then by version */
    size_t count;
};
extern const struct statement definition_sql[];
/* Registers what the program brings and reads what was ever registered; E_REFUSED, with the text
   of failed(), for a body that changed under its version and for a file with faults. */
MUST_CHECK enum error definitions_load(struct request *r, const struct service_file *files,
                                       struct definitions *definitions);
/* The highest version; NULL when the program has no such service. */
const struct definition *definition_current(const struct definitions *definitions,
                                            const char *code);
/* The version that a row names. E_UNAVAILABLE for one that a newer program registered after this
   worker began: its successor knows it. */
MUST_CHECK enum error definition_of(struct request *r, const char *code, int64_t version,
                                    const struct definition **definition);

#endif
