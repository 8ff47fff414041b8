/*
 * Settings may stand in a file of KEY=VALUE lines that the variable SETTINGS_FILE names. It is read
 * into the environment once, at start, and so again by every image that SIGHUP executes. Blank lines
 * and lines that begin with # say nothing; a value is taken as it stands, to the end of its line.
 */
#ifndef CORE_SETTINGS_FILE_H
#define CORE_SETTINGS_FILE_H

#include <stdbool.h>

/* Every fault is a line on stderr, and then false. Does nothing without SETTINGS_FILE. */
bool settings_file_load(void);

#endif
