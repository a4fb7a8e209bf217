// SPDX-License-Identifier: Apache-2.0
/// Fields as text: type, what is allowed, value.
#include "platform/config/fields.hpp"
#include "platform/config/spelling.hpp"

namespace phbsim::config {

namespace {

std::uint64_t load(const Field& f) {
  if (auto* const* p = std::get_if<unsigned*>(&f.target)) return **p;
  if (auto* const* p = std::get_if<Rid*>(&f.target)) return **p;
  return *std::get<std::uint64_t*>(f.target);
}

std::string spelt(const Field& f, std::uint64_t v) {
  switch (f.kind) {
    case Kind::Bytes: {
      const std::string s = bytes_text(v);
      return s.back() >= '0' && s.back() <= '9' ? integer_text(v) : quote(s);
    }
    case Kind::Time:
      return quote(time_text(v));
    case Kind::RequesterId:
      return quote(rid_text(static_cast<Rid>(v)));
    default:
      return integer_text(v);
  }
}

std::string unquoted(const std::string& s) { return s.front() == '"' ? s.substr(1, s.size() - 2) : s; }

template <class T>
std::string list_text(const std::vector<T>& items) {
  std::vector<std::string> parts;
  for (T item : items) {
    std::vector<std::string> pairs;
    for (const Field& f : fields(item))
      if (f.shown) pairs.push_back(f.key + " = " + value_text(f));
    parts.push_back("{ " + join(pairs, ", ") + " }");
  }
  return "[" + join(parts, ", ") + "]";
}

}  // namespace

std::string type_name(const Field& f) {
  switch (f.kind) {
    case Kind::Bool:
      return "bool";
    case Kind::Integer:
      return "integer";
    case Kind::Bytes:
      return "bytes";
    case Kind::Time:
      return "time";
    case Kind::Number:
      return "number";
    case Kind::Choice:
      return "choice";
    case Kind::Text:
      return "text";
    case Kind::Name:
      return "name";
    case Kind::RequesterId:
      return "requester ID";
    case Kind::Sizes:
    case Kind::Windows:
      return "list of tables";
    case Kind::Axes:
      return "table of lists";
  }
  return {};
}

std::string allowed(const Field& f) {
  switch (f.kind) {
    case Kind::Bool:
      return "true, false";
    case Kind::Integer:
    case Kind::Bytes:
    case Kind::Time:
    case Kind::RequesterId: {
      std::vector<std::string> values;
      for (const std::uint64_t v : f.only) values.push_back(spelt(f, v));
      if (!values.empty()) return join(values, ", ");
      const std::string range = unquoted(spelt(f, f.min)) + ".." + unquoted(spelt(f, f.max));
      return f.power_of_two ? range + (f.min == 0 ? ", 0 or a power of two" : ", a power of two") : range;
    }
    case Kind::Number:
      return (f.open ? "more than " + number_text(f.least) + ", up to " : number_text(f.least) + "..") +
             number_text(f.most);
    case Kind::Choice: {
      std::vector<std::string> names;
      for (const std::string& c : f.choices) names.push_back(quote(c));
      return join(names, ", ");
    }
    case Kind::Text:
      return "any text";
    case Kind::Name:
      return "name of a " + f.choices.front();
    case Kind::Sizes:
      return "[ { bytes = \"4K\", weight = 1 }, ... ]";
    case Kind::Windows:
      return "[ { offset = \"512P\", page_size = \"64K\", ... }, ... ]";
    case Kind::Axes:
      return "\"key.path\" = [ value, ... ]";
  }
  return {};
}

std::string value_text(const Field& f) {
  switch (f.kind) {
    case Kind::Bool:
      return *std::get<bool*>(f.target) ? "true" : "false";
    case Kind::Integer:
    case Kind::Bytes:
    case Kind::Time:
    case Kind::RequesterId:
      return spelt(f, load(f));
    case Kind::Number:
      return number_text(*std::get<double*>(f.target));
    case Kind::Choice:
      if (auto* const* m = std::get_if<Mapping*>(&f.target)) return quote(f.choices[static_cast<std::size_t>(**m)]);
      [[fallthrough]];
    case Kind::Text:
    case Kind::Name:
      return quote(*std::get<std::string*>(f.target));
    case Kind::Sizes:
      return list_text(*std::get<std::vector<endpoints::SizeShare>*>(f.target));
    case Kind::Windows:
      return list_text(*std::get<std::vector<WindowConfig>*>(f.target));
    case Kind::Axes: {
      std::vector<std::string> axes;
      for (const Axis& a : *std::get<std::vector<Axis>*>(f.target))
        axes.push_back(quote(a.key) + " = [" + join(a.values, ", ") + "]");
      return "{ " + join(axes, ", ") + " }";
    }
  }
  return {};
}

}  // namespace phbsim::config
