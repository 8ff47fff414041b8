/*
 * Where the applications of a domain are tried out: citizens who file, officers of brigades who decide,
 * a clock that is turned on, and the background worker's jobs, run to their end. For any module whose
 * routes are casework's.
 */
#ifndef SUPPORT_APPLICATIONS_H
#define SUPPORT_APPLICATIONS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "support/asker.h"
#include "support/clock.h"
#include "support/database.h"

#include <cmocka.h>

#define HEADQUARTERS "440300"
#define FUTIAN "440304"
#define NANSHAN "440305"

extern struct asker asker;
/* What other modules answer, "STATUS BODY" a line, the last one for ever; that every person is 张三
   unless told. */
void others_say(const char *lines);
extern bool is_rehearsing; /* every transaction body runs twice */
extern struct arena *texts; /* of all tests of a group */

int open_applications(void **state);
int open_applications_rehearsed(void **state);
int close_applications(void **state);
/* Nobody is signed in, and it is 10:00 on Friday 2018-09-28 in China, before a week of holidays. */
int begin_applications(void **state);

const char *new_id(void);
const char *new_plate(const char *prefix); /* "湘A": a plate that nobody had */
const char *database_word(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *answer_kept(const char *way);
void assert_refused(int status, const char *code);

/* Signs in, and says who it is now. */
const char *citizen(void);
void citizen_again(const char *person_id);
void officer(const char *brigade, unsigned roles);
void officer_again(const char *officer_id, const char *brigade, unsigned roles);
/* One who is known as this natural person. */
void officer_as_person(const char *person_id, const char *brigade, unsigned roles);
extern const char *officer_id; /* who signed in last as one */

/* From now on applications are begun by this mandate; NULL: for oneself. */
extern const char *mandate;
/* An organisation that this person represents by law: its id, which is a mandate of that person. */
const char *company_of(const char *person_id);
/* A mandate, from the day of the clock on: "organisation" or "person", whose, and for what. */
const char *mandate_for(const char *agent_id, const char *kind, const char *principal_id,
                        const char *scope);

/* An application as far as its number; its id. `form` is what stands between the braces. */
const char *begin(const char *service, const char *form);
/* Of a draft, or of one that something is missing of. */
void change_form(const char *id, const char *form);
int submit(const char *id);
const char *filed(const char *service, const char *form);
/* With the version that stands, and a key of its own: "acceptance", "approval" ... */
int act(const char *id, const char *path, const char *more);
const char *state_of(const char *id);
int64_t version_of(const char *id);
/* An own upload; and one as a file of a document. */
const char *uploaded(struct bytes file);
void attach(const char *id, const char *code, struct bytes file);
struct bytes small_picture(void);
/* Until nothing is due. */
void run_jobs(void);

#endif
