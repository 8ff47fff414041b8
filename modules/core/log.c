#include <ctype.h>
#include <stdarg.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/codec.h"
#include "core/log.h"

static const char *service_name = "core";
static enum log_level least_level = LOG_INFO;

void log_open(const char *name, enum log_level least)
{
    service_name = name;
    least_level = least;
}

/* Runs of 18 (the last may be X) or of 11 digits that start with 1 look like a person's number. */
static void mask_numbers(char *text)
{
    for (char *at = text; *at != '\0';) {
        size_t digits = strspn(at, "0123456789");
        bool is_id = digits == 18 || (digits == 17 && (at[17] == 'X' || at[17] == 'x'));
        bool is_word = at > text && isalnum((unsigned char)at[-1]);

        if (!is_word && (is_id || (digits == 11 && at[0] == '1')))
            memset(at + 3, '*', digits - 7);
        at += digits == 0 ? 1 : digits;
    }
}

static const char *now_text(struct arena *arena)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return instant_to_text(arena, (struct instant){now.tv_sec * 1000 + now.tv_nsec / 1000000});
}

static void put_member(struct text *line, const char *name, const char *value)
{
    if (value == NULL)
        return;
    text_put(line, line->size == 1 ? "" : ",");
    text_json(line, name);
    text_put(line, ":");
    text_json(line, value);
}

/* One write, so that lines of several processes do not mix. */
static void write_line(struct text *line)
{
    ssize_t n = write(STDERR_FILENO, line->data, line->size);

    (void)n; /* a full log volume must not stop the service */
}

void log_line(const struct request *r, enum log_level level, const char *event, const char *format,
              ...)
{
    static const char *const levels[] = {"debug", "info", "error"};
    struct arena *arena;
    struct text line;
    char detail[1024];
    va_list arguments;

    if (level < least_level)
        return;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    mask_numbers(detail);
    arena = arena_open(64 * 1024);
    line = (struct text){.arena = arena};
    text_put(&line, "{");
    put_member(&line, "at", now_text(arena));
    put_member(&line, "level", levels[level]);
    put_member(&line, "service", service_name);
    put_member(&line, "request", r == NULL ? NULL : r->id);
    put_member(&line, "event", event);
    put_member(&line, "detail", detail);
    text_put(&line, "}\n");
    write_line(&line);
    arena_close(arena);
}
