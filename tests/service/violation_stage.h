/*
 * Where violation's routes are tried out. Facts are inserted as exchange would have written them,
 * with their events; consume() lets the background worker's function take those.
 */
#ifndef SERVICE_VIOLATION_STAGE_H
#define SERVICE_VIOLATION_STAGE_H

#include "support/applications.h"

#define LIST "/api/violation/violations"

/* Nobody is signed in, and it is 10:00 on 2026-11-22 in China. */
int begin_violation(void **state);

/* A verified citizen who owns a car (02) and drives with this licence; signed in. */
struct citizen {
    const char *person_id, *plate;
};
struct citizen new_driver(void);
struct citizen new_owner(void); /* without a licence */
void add_licence(const char *person_id, const char *classes, const char *first_issued_on,
                 const char *valid_until, const char *state);
void sign_in(const char *person_id);
/* A lorry (02) of this organisation: its plate. */
const char *new_lorry_of(const char *organisation_id);

/* A camera's record of that day, 08:12 in China, taken in; the id of the case. */
const char *camera_on(const char *plate, const char *code, const char *day);
const char *camera(const char *plate, const char *code); /* on 2026-11-18 */
const char *insert_camera(const char *plate, const char *code, const char *day);
const char *insert_street(const char *person_id, const char *decision_no, const char *code,
                          int64_t fen, int64_t points, const char *served_on);
const char *case_of(const char *fact_id);
/* A decision of the street that was served on that day; the id of the case. */
const char *street(const char *person_id, const char *code, int64_t fen, int64_t points,
                   const char *served_on);
void publish(const char *kind, const char *subject);
/* Again, though it was done: as if the answer of the first time was lost. */
void publish_again(const char *kind, const char *subject);
void consume(void);
/* Calls the consumer of that kind directly. */
enum error handle(const char *kind, const char *subject);

/* As payment would settle it, at that moment, with the event. */
void settle(const char *obligation_id, int64_t fen, const char *at);

int show(const char *id);
int announce_it(const char *key, const char *id);
int confirm_it(const char *key, const char *id, const char *body);
/* Both, as a citizen does who has nothing to say; the status of the confirmation. */
int confirm_plainly(const char *id);

#define NOTHING_TO_SAY "{\"statement\":\"none\",\"electronic_service\":true}"

/* Two workers at once, each asked by the same citizen; tapped_both closes them again. */
struct tap {
    struct asker asker;
    const char *path, *body;
};
void tap_both(struct tap taps[2], const char *person_id);
/* How many were answered so. */
int tapped_both(struct tap taps[2], int status);

#endif
