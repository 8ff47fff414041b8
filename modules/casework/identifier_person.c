#include "casework/identifier.h"

#include "casework/utf8.h"
#include "core/clock.h"

enum { ID_NO_SIZE = 18, AGE_MAX = 150, NAME_MIN = 2, NAME_MAX = 32 };

static bool has_digits(const char *text, size_t count)
{
    return strspn(text, "0123456789") >= count;
}

/* The first two digits of a division code of GB/T 2260, of Hong Kong, Macau and Taiwan included. */
static bool is_province(const char *text)
{
    static const char *const provinces[] = {
        "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35",
        "36", "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54",
        "61", "62", "63", "64", "65", "71", "81", "82", "83", "91", NULL};
    char first_two[3] = {text[0], text[1], '\0'};

    return is_one_of(first_two, provinces);
}

static bool read_birth(const char *id_no, struct day *birth)
{
    char text[] = "YYYY-MM-DD";

    memcpy(text, id_no + 6, 4);
    memcpy(text + 5, id_no + 10, 2);
    memcpy(text + 8, id_no + 12, 2);
    return day_from_text(text, birth);
}

/* ISO 7064 MOD 11-2. */
static char check_letter(const char *id_no)
{
    static const int weights[ID_NO_SIZE - 1] = {7, 9, 10, 5,  8, 4, 2, 1, 6,
                                                3, 7, 9,  10, 5, 8, 4, 2};
    int sum = 0;

    for (size_t i = 0; i < ID_NO_SIZE - 1; i++)
        sum += (id_no[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static bool read_id_no(const char *text, struct day *birth)
{
    return strlen(text) == ID_NO_SIZE && has_digits(text, ID_NO_SIZE - 1) && is_province(text) &&
           read_birth(text, birth) && text[ID_NO_SIZE - 1] == check_letter(text);
}

bool is_id_no(const char *text)
{
    struct day birth;

    return read_id_no(text, &birth);
}

/* Birthdays after that of birth, until and with `on`. */
static int64_t birthdays(struct day birth, struct day on)
{
    int64_t year, month, day, birth_year, birth_month, birth_day;

    day_parts(on, &year, &month, &day);
    day_parts(birth, &birth_year, &birth_month, &birth_day);
    return year - birth_year - (month < birth_month || (month == birth_month && day < birth_day));
}

bool is_id_no_on(const char *text, struct day today)
{
    struct day birth;

    return read_id_no(text, &birth) && birth.number <= today.number &&
           birthdays(birth, today) <= AGE_MAX;
}

int64_t id_no_age(const char *id_no, struct day on)
{
    struct day birth;

    if (!read_id_no(id_no, &birth) || birth.number >= on.number)
        return 0;
    return birthdays(birth, (struct day){on.number - 1});
}

bool is_mobile(const char *text)
{
    return strlen(text) == 11 && has_digits(text, 11) && text[0] == '1' && text[1] >= '3';
}

bool is_file_no(const char *text)
{
    return strlen(text) == 12 && has_digits(text, 12);
}

bool is_licence_class(const char *text)
{
    return IS_ONE_OF(text, "A1", "A2", "A3", "B1", "B2", "C1", "C2", "C3", "C4", "C5", "C6", "D",
                     "E", "F", "M", "N", "P");
}

static bool is_han(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } blocks[] = {{0x4E00, 0x9FFF},
                  {0x3400, 0x4DBF},
                  {0x3007, 0x3007}, /* the zero */
                  {0xF900, 0xFAFF},
                  {0x20000, 0x323AF}};

    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        if (code >= blocks[i].first && code <= blocks[i].last)
            return true;
    }
    return false;
}

static bool is_name_letter(uint32_t code)
{
    return (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') || is_han(code);
}

/* A middle dot stands between two parts of a name, never at an end or beside another. */
bool is_person_name(const char *text)
{
    bool after_letter = false;
    size_t count = 0;
    uint32_t code;

    for (size_t size; *text != '\0'; text += size, count++) {
        size = utf8_next(text, &code);
        if (size == 0 || count == NAME_MAX)
            return false;
        if (!is_name_letter(code) && !(code == 0xB7 && after_letter))
            return false;
        after_letter = code != 0xB7;
    }
    return count >= NAME_MIN && after_letter;
}
