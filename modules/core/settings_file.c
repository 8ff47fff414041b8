#include "core/settings_file.h"

#include <ctype.h>
#include <errno.h>

static bool is_variable(const char *name)
{
    if (*name == '\0' || isdigit((unsigned char)*name))
        return false;
    for (; *name != '\0'; name++)
        if (*name != '_' && !isalnum((unsigned char)*name))
            return false;
    return true;
}

static bool take_line(const char *path, int number, char *line)
{
    char *value;

    line[strcspn(line, "\r\n")] = '\0';
    if (*line == '\0' || *line == '#')
        return true;
    value = strchr(line, '=');
    if (value != NULL)
        *value++ = '\0';
    if (value == NULL || !is_variable(line)) {
        fprintf(stderr, "%s, line %d: not of the form NAME=VALUE\n", path, number);
        return false;
    }
    if (setenv(line, value, 1) != 0)
        abort();
    return true;
}

bool settings_file_load(void)
{
    const char *path = getenv("SETTINGS_FILE");
    char line[4096];
    bool good = true;
    FILE *file;

    if (path == NULL || *path == '\0')
        return true;
    file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "SETTINGS_FILE %s: %s\n", path, strerror(errno));
        return false;
    }
    for (int number = 1; fgets(line, sizeof(line), file) != NULL; number++)
        good = take_line(path, number, line) && good;
    fclose(file);
    return good;
}
