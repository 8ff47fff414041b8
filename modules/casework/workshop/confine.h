/*
 * The workshop gives up what it does not need before it touches a stranger's byte: other users' rights,
 * memory and time beyond a bound, new files, sockets and programs.
 */
#ifndef CASEWORK_WORKSHOP_CONFINE_H
#define CASEWORK_WORKSHOP_CONFINE_H

#include <stdbool.h>

/* False, and a line on stderr, when it could not be done: then nothing is read. */
bool confine(void);

#endif
