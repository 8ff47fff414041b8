/* What schools and the examination office tell of drivers; see line.h and fact.h. */
#ifndef EXCHANGE_STUDY_H
#define EXCHANGE_STUDY_H

#include "core/db.h"

/* One pass of a course that reduces points, or one day of study after full points. */
struct study_line {
    const char *type, *record_no;
    struct id_no id_no;
    const char *kind;
    struct day begun_on, ended_on;
    int64_t minutes;
    bool is_passed;
    struct instant observed_at;
};

/* That study of the same agency no longer counts. */
struct cheating_line {
    const char *type, *record_no;
    struct day found_on;
    struct instant observed_at;
};

struct examination_line {
    const char *type, *record_no;
    struct id_no id_no;
    const char *subject;
    struct day taken_on;
    bool is_passed;
    struct instant observed_at;
};

extern const struct param study_params[], cheating_params[], examination_params[];
extern const struct statement study_sql[];

void check_study(struct request *r, struct study_line *line);
void check_cheating(struct request *r, struct cheating_line *line);
void check_examination(struct request *r, struct examination_line *line);

MUST_CHECK enum error apply_study(struct request *r, const char *source,
                                  const struct study_line *line, bool *known);
MUST_CHECK enum error apply_cheating(struct request *r, const char *source,
                                     const struct cheating_line *line, bool *known);
MUST_CHECK enum error apply_examination(struct request *r, const char *source,
                                        const struct examination_line *line, bool *known);

#endif
