#include "core/clock.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The offset file's mapped part: a sign and 19 digits hold every 64-bit number. */
enum { OFFSET_SIZE = 20 };

#define ZONE_MS (8 * HOUR_MS)

/* Days from 0001-01-01 to 1970-01-01. */
#define DAYS_BEFORE_1970 INT64_C(719162)

/* NULL without an offset; set before threads start. */
static const volatile char *offset_text;

/* Optional minus, digits, blanks to the end. */
static bool parse_offset(const char text[OFFSET_SIZE], int64_t *offset)
{
    bool is_negative = text[0] == '-';
    size_t i = is_negative ? 1 : 0;
    size_t first = i;
    int64_t size = 0;

    for (; i < OFFSET_SIZE && text[i] >= '0' && text[i] <= '9'; i++) {
        if (__builtin_mul_overflow(size, 10, &size) ||
            __builtin_add_overflow(size, text[i] - '0', &size))
            return false;
    }
    if (i == first)
        return false;
    for (; i < OFFSET_SIZE; i++) {
        if (text[i] != ' ' && text[i] != '\n')
            return false;
    }
    *offset = is_negative ? -size : size;
    return true;
}

/* The writer is another process: the text counts once it was read twice the same. */
static int64_t read_offset(void)
{
    char text[OFFSET_SIZE];
    int64_t offset;
    bool is_stable;

    do {
        is_stable = true;
        for (size_t i = 0; i < OFFSET_SIZE; i++)
            text[i] = offset_text[i];
        for (size_t i = 0; i < OFFSET_SIZE; i++)
            is_stable = is_stable && text[i] == offset_text[i];
    } while (!is_stable);
    if (!parse_offset(text, &offset))
        abort(); /* a time that jumps by itself is worse than a stop */
    return offset;
}

static enum error refuse_file(const char *path, const char *why)
{
    fprintf(stderr, "clock file %s: %s\n", path, why);
    return E_REFUSED;
}

static enum error map_file(const char *path, int fd)
{
    struct stat status;
    char text[OFFSET_SIZE];
    int64_t offset;
    void *mapped;

    if (fstat(fd, &status) != 0 || status.st_size < OFFSET_SIZE)
        return refuse_file(path, "shorter than 20 bytes");
    if (pread(fd, text, OFFSET_SIZE, 0) != OFFSET_SIZE || !parse_offset(text, &offset))
        return refuse_file(path, "does not hold decimal milliseconds, blank padded");
    mapped = mmap(NULL, OFFSET_SIZE, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        return refuse_file(path, "cannot be mapped into memory");
    offset_text = mapped;
    return E_OK;
}

enum error clock_open(const char *offset_file)
{
    int fd;
    enum error error;

    if (offset_text != NULL)
        munmap((void *)offset_text, OFFSET_SIZE);
    offset_text = NULL;
    if (offset_file == NULL || offset_file[0] == '\0')
        return E_OK;
    fd = open(offset_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse_file(offset_file, "cannot be opened");
    error = map_file(offset_file, fd);
    close(fd);
    return error;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec at;

    if (clock_gettime(id, &at) != 0)
        abort();
    return at.tv_sec * SECOND_MS + at.tv_nsec / 1000000;
}

struct instant clock_now(void)
{
    struct instant real = {read_clock(CLOCK_REALTIME)};

    return offset_text == NULL ? real : instant_add(real, read_offset());
}

int64_t monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

struct instant instant_add(struct instant at, int64_t ms)
{
    int64_t sum;

    if (at.ms == NONE || __builtin_add_overflow(at.ms, ms, &sum) || sum == NONE)
        abort();
    return (struct instant){sum};
}

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

struct day civil_day(struct instant at)
{
    return (struct day){divide_down(instant_add(at, ZONE_MS).ms, DAY_MS)};
}

struct instant day_start(struct day day)
{
    assert(day.number != NONE);
    return (struct instant){day.number * DAY_MS - ZONE_MS};
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static bool is_real_date(int64_t year, int64_t month, int64_t day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_of_month(year, month);
}

/* The number of the year's first day. */
static int64_t year_start(int64_t year)
{
    int64_t past = year - 1;

    return past * 365 + past / 4 - past / 100 + past / 400 - DAYS_BEFORE_1970;
}

struct day day_of(int64_t year, int64_t month, int64_t day)
{
    int64_t number;

    assert(is_real_date(year, month, day));
    number = year_start(year) + day - 1;
    for (int64_t past = 1; past < month; past++)
        number += days_of_month(year, past);
    return (struct day){number};
}

void day_parts(struct day day, int64_t *year, int64_t *month, int64_t *day_of_month)
{
    int64_t rest;

    assert(day.number >= year_start(1) && day.number < year_start(10000));
    /* 146097 days are 400 years, so this is the year or the one after. */
    *year = (day.number + DAYS_BEFORE_1970) * 400 / 146097 + 1;
    while (year_start(*year) > day.number)
        (*year)--;
    while (year_start(*year + 1) <= day.number)
        (*year)++;
    rest = day.number - year_start(*year);
    for (*month = 1; rest >= days_of_month(*year, *month); (*month)++)
        rest -= days_of_month(*year, *month);
    *day_of_month = rest + 1;
}

const char *day_to_text(struct arena *arena, struct day day)
{
    int64_t year, month, day_of_month;

    day_parts(day, &year, &month, &day_of_month);
    return arena_printf(arena, "%04" PRId64 "-%02" PRId64 "-%02" PRId64, year, month, day_of_month);
}

const char *instant_to_text(struct arena *arena, struct instant at)
{
    struct day day;
    int64_t ms;

    assert(at.ms != NONE);
    day.number = divide_down(at.ms, DAY_MS);
    ms = at.ms - day.number * DAY_MS;
    return arena_printf(arena, "%sT%02" PRId64 ":%02" PRId64 ":%02" PRId64 ".%03" PRId64 "Z",
                        day_to_text(arena, day), ms / HOUR_MS, ms % HOUR_MS / MINUTE_MS,
                        ms % MINUTE_MS / SECOND_MS, ms % SECOND_MS);
}

/* Whether the text has the form, where 0 stands for any digit. */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; text++, form++) {
        bool is_digit = *text >= '0' && *text <= '9';

        if (*form == '0' ? !is_digit : *text != *form)
            return false;
    }
    return *text == '\0';
}

static int64_t digits_at(const char *text, size_t from, size_t count)
{
    int64_t number = 0;

    for (size_t i = from; i < from + count; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

static bool read_date(const char *text, struct day *day)
{
    int64_t year = digits_at(text, 0, 4);
    int64_t month = digits_at(text, 5, 2);
    int64_t day_of_month = digits_at(text, 8, 2);

    if (!is_real_date(year, month, day_of_month))
        return false;
    *day = day_of(year, month, day_of_month);
    return true;
}

bool day_from_text(const char *text, struct day *day)
{
    return has_form(text, "0000-00-00") && read_date(text, day);
}

bool instant_from_text(const char *text, struct instant *at)
{
    struct day day;
    int64_t hour, minute, second;

    if (!has_form(text, "0000-00-00T00:00:00.000Z") || !read_date(text, &day))
        return false;
    hour = digits_at(text, 11, 2);
    minute = digits_at(text, 14, 2);
    second = digits_at(text, 17, 2);
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    at->ms = day.number * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS +
             digits_at(text, 20, 3);
    return true;
}
