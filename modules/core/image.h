/*
 * How a running master becomes its next version: it knows the path and the environment it was
 * started with, has the binary at that path check itself, and executes it in its own place, with the
 * listening socket open and its workers, which stay its children, named in the environment.
 */
#ifndef CORE_IMAGE_H
#define CORE_IMAGE_H

#include <stddef.h>
#include <sys/types.h>

/* Before anything changes the environment. */
void image_open(char **argv);

/* Starts `BINARY --check` in the environment of our own start; -1 when no process could be made. */
pid_t image_check(void);

/* Executes the binary anew. Returns only when that failed; everything is as it was then. */
void image_replace(int listen_fd, const pid_t *workers, size_t count);

/* The workers of the image before us, at most `max`; 0 after an ordinary start. */
size_t image_predecessors(pid_t *workers, size_t max);

#endif
