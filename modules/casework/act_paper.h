/*
 * What an act of an application is told by, besides the permit (papers.h): the notice that it was
 * accepted (受理通知书) or lacks something (补正告知书), the decision not to accept (不予受理), to
 * refuse (不予许可) or to revoke (撤销). Each with the reasons, the law and the ways to appeal, or
 * the act is not done at all; the file is made by a job, and made again it is the same.
 *
 * Its number is the application's, a hyphen and the version that the act made.
 */
#ifndef CASEWORK_ACT_PAPER_H
#define CASEWORK_ACT_PAPER_H

#include "casework/application.h"

extern const struct statement act_paper_sql[];

/* In the transaction of the act, after it was written: that there is a paper to make. Collects what the
   law demands and is not there. */
MUST_CHECK enum error act_paper_begin(struct request *r, const struct application *application,
                                      const struct move *move);
/* The number of the paper of that act; NULL without an application number. */
const char *act_paper_no(struct arena *arena, const char *application_no, int64_t ver);

/* The job. */
enum error make_paper(struct request *r, const struct task *task);

struct act_paper_input {
    const char *id, *paper_no;
};
extern const struct param act_paper_params[], act_paper_no_params[];
extern const struct field act_paper_view_fields[];
/* GET .../papers/{paper_no} for the applicant and for officers; GET /papers/{paper_no}, for anyone:
   whether it is one, and stands. */
enum error show_act_paper(struct request *r);
enum error office_show_act_paper(struct request *r);
enum error check_act_paper(struct request *r);

#endif
