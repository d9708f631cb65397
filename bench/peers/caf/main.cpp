/* SPDX-License-Identifier: MIT */
/* caf-bench -bench=REGEXP -cpu=N -benchtime=Nx: the works that all peers have, in CAF.
 *
 * Prints Go's benchmark text format. An element of the pattern between slashes matches a level of the
 * name, as in Go. Exit status: 0 all passed; 1 one failed, or none matched; 2 wrong use. */
#include "harness.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>
#include <sys/utsname.h>

static const char usage[] = "usage: caf-bench -bench=REGEXP -cpu=N -benchtime=Nx | -version\n";

static std::vector<std::string> split(const std::string &text)
{
	std::vector<std::string> parts;
	std::istringstream in(text);

	for (std::string part; std::getline(in, part, '/');)
		parts.push_back(part);
	return parts;
}

static bool matches(const std::string &name, const std::string &pattern)
{
	std::vector<std::string> levels = split(name);
	std::vector<std::string> wanted = split(pattern);

	if (wanted.size() > levels.size())
		return false;
	for (size_t i = 0; i < wanted.size(); i++)
		if (!std::regex_search(levels[i], std::regex(wanted[i])))
			return false;
	return true;
}

static void print_environment()
{
	utsname host = {};
	std::string machine;
	std::ifstream file("/proc/cpuinfo");

	(void)uname(&host);
	machine = host.machine;
	if (machine == "x86_64")
		machine = "amd64";
	if (machine == "aarch64")
		machine = "arm64";
	printf("goos: linux\ngoarch: %s\npkg: caf/bench\n", machine.c_str());
	for (std::string row; std::getline(file, row);)
		if (row.rfind("model name", 0) == 0) {
			printf("cpu: %s\n", row.substr(row.find(':') + 2).c_str());
			break;
		}
	(void)fflush(stdout);
}

/* The number after a flag and before its suffix; 0 when it is none. */
static uint64_t number(const char *text, const char *suffix)
{
	char *end = nullptr;
	unsigned long long value = strtoull(text, &end, 10);

	return *text >= '0' && *text <= '9' && strcmp(end, suffix) == 0 ? value : 0;
}

static int run_all(const std::string &pattern, uint64_t ops, unsigned cpus)
{
	std::vector<bench::benchmark> all = bench::message_benchmarks();
	size_t matched = 0;
	bool passed = true;

	for (const auto &more :
	     { bench::crowd_benchmarks(), bench::life_benchmarks(), bench::ask_benchmarks() })
		all.insert(all.end(), more.begin(), more.end());
	print_environment();
	for (const bench::benchmark &one : all) {
		if (!matches(one.name, pattern))
			continue;
		matched++;
		passed = bench::in_child([&] {
				 bench::run r(one.name, ops, cpus, one.scheduler);

				 one.body(r);
				 r.print();
			 }) &&
			 passed;
	}
	if (matched == 0)
		fprintf(stderr, "caf-bench: no benchmark matches \"%s\"\n", pattern.c_str());
	return passed && matched > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	std::string pattern = ".";
	uint64_t cpus = 1;
	uint64_t ops = 1;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-version") == 0) {
			printf("CAF %d.%d.%d\n", CAF_MAJOR_VERSION, CAF_MINOR_VERSION,
			       CAF_PATCH_VERSION);
			return 0;
		}
		if (strncmp(argv[i], "-bench=", 7) == 0)
			pattern = argv[i] + 7;
		else if (strncmp(argv[i], "-cpu=", 5) == 0)
			cpus = number(argv[i] + 5, "");
		else if (strncmp(argv[i], "-benchtime=", 11) == 0)
			ops = number(argv[i] + 11, "x");
		else
			cpus = 0;
		if (cpus == 0 || cpus > 1024 || ops == 0) {
			fprintf(stderr, "caf-bench: bad argument %s\n%s", argv[i], usage);
			return 2;
		}
	}
	try {
		return run_all(pattern, ops, static_cast<unsigned>(cpus));
	} catch (const std::regex_error &e) {
		fprintf(stderr, "caf-bench: bad pattern \"%s\": %s\n", pattern.c_str(), e.what());
		return 2;
	}
}
