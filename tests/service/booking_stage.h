/* A hall with people in it, told in a few words. It is 10:00 on Friday 2018-09-28 in China. */
#ifndef SERVICE_BOOKING_STAGE_H
#define SERVICE_BOOKING_STAGE_H

#include "support/applications.h"

/* Empties the halls: nobody waits, all counters are closed, the pace is what it was set to. */
int begin_queue(void **state);

/* Whoever is signed in asks with a key of its own, or with the same as last time. */
int post(const char *path, const char *body);
int post_again(const char *path, const char *body);

/* A citizen at the hall of Futian takes a ticket for this business; its id. */
int take_at(const char *business, int64_t lat_e6, int64_t lon_e6);
const char *taken_online(const char *business);
/* The officer at the desk takes one for who stands there. */
const char *taken_at_hall(const char *business);

/* Signs in the officer of that counter of Futian; `seated` opens it too. */
void at_counter(int no);
void seated(int no);
/* The number that the counter calls, or NULL; its id is `called_id`. */
const char *called(int no);
extern const char *called_id;
int desk(const char *id, const char *act);
/* Called, served and done, and so many seconds later. */
void served(int no, int seconds);
const char *state_of_ticket(const char *id);

#endif
