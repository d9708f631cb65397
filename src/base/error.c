/* SPDX-License-Identifier: MIT */
/* The error list of <akt/error.h> as texts. */
#include <akt/error.h>

const char *akt_strerror(int error)
{
	if (error >= 0)
		return "success";
	switch (error) {
#define ERROR_TEXT(name, number, text, hint)                                                       \
	case number:                                                                               \
		return text;
		AKT_ERRORS(ERROR_TEXT)
#undef ERROR_TEXT
	default:
		return "unknown error";
	}
}

const char *akt_error_name(int error)
{
	if (error >= 0)
		return "AKT_OK";
	switch (error) {
#define ERROR_NAME(name, number, text, hint)                                                       \
	case number:                                                                               \
		return "AKT_ERR_" #name;
		AKT_ERRORS(ERROR_NAME)
#undef ERROR_NAME
	default:
		return "AKT_ERR_?";
	}
}

const char *akt_error_hint(int error)
{
	if (error >= 0)
		return "";
	switch (error) {
#define ERROR_HINT(name, number, text, hint)                                                       \
	case number:                                                                               \
		return hint;
		AKT_ERRORS(ERROR_HINT)
#undef ERROR_HINT
	default:
		return "";
	}
}
