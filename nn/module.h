#pragma once

#include <memory>
#include <string>
#include <vector>

#include <hone/autograd/var.h>
#include <hone/core/dropout.h>

namespace hone {

// A parameter's first values: all zeros, all ones, or normal(0, std), where one row (an embedding's padding
// row) may be zero; or the fixed table of positions of Vaswani et al. (2017): row p, column j is the sine,
// for odd j the cosine, of p / 10000^(2 floor(j / 2) / columns).
struct Initialiser {
  enum class Kind { zeros, ones, normal, sinusoidal };
  Kind kind = Kind::zeros;
  double std = 0;
  int64_t zero_row = -1;

  static Initialiser zeros() { return {}; }
  static Initialiser ones() { return {Kind::ones}; }
  static Initialiser sinusoidal() { return {Kind::sinusoidal}; }
  static Initialiser normal(double std, int64_t zero_row = -1) { return {Kind::normal, std, zero_row}; }
};

// The use of a parameter: a matrix in products, a table whose rows ids name, or a vector along the columns (a
// bias, a LayerNorm's gain and offset).
enum class ParameterKind { matrix, table, vector };

// A trained tensor: its value and its gradient. It has no memory until it is loaded or initialised. Matrices
// of modules that compute in bf16 have a shadow besides: the value rounded to bf16. The graph uses the
// shadow; the value, its gradient and the optimizer's arithmetic stay f32.
class Parameter {
 public:
  Parameter(std::string name, Shape shape, Initialiser initialiser, ParameterKind kind, Dtype dtype,
            Dtype compute_dtype);

  const std::string& name() const { return name_; }  // within its module
  const Shape& shape() const { return shape_; }
  ParameterKind kind() const { return kind_; }
  bool decays() const { return kind_ != ParameterKind::vector; }  // takes part in weight decay

  // The value, or its shadow, in the graph. Throws when there is none yet.
  const Var& var() const;
  Tensor value() const;
  bool has_value() const { return value_.defined(); }
  // Uses this memory for the value from now on. Throws Error for another shape or type.
  void set_value(Tensor value);
  // The value's memory, made when there is none yet, uninitialised: for loaders, which write to it next.
  Tensor allocate();
  // Rounds the value into the shadow, if the parameter has one: call it after writing to the value. `memory`
  // is where the shadow lives from now on (by default where it was).
  void update_shadow(Tensor memory = {});
  bool shadowed() const { return shadowed_; }
  void initialise(uint64_t seed, uint64_t index);
  // Moves the value and its shadow, if there is one, to a device. The gradient gathered so far is dropped.
  void to(Device device);

  // For a frozen parameter no gradient is computed. Freeze before an optimizer is made: it takes all others,
  // and refuses steps while one of them is frozen.
  void set_requires_grad(bool wanted) { requires_grad_ = wanted; }
  bool requires_grad() const { return requires_grad_; }
  // The gradient gathered so far, even while the parameter is frozen; zero_grad() sets it to zeros.
  Tensor grad() const { return leaf_.grad(); }
  void zero_grad() const;

 private:
  std::string name_;
  Shape shape_;
  Initialiser initialiser_;
  ParameterKind kind_;
  Dtype dtype_;
  bool shadowed_;
  bool requires_grad_ = true;
  void set_var(Tensor value);

  Tensor value_;
  Var leaf_, constant_;  // the value or the shadow in the graph, with its gradient and without
};

struct NamedParameter {
  std::string name;  // with the names of the modules around it: "layer.0.norm.weight"
  Parameter* parameter;
};

// A part of a model: parameters and further modules, by name. A module registers with its parent when it is
// made, usually as a member of it. It can be neither copied nor moved.
//
//   struct Net : Module {
//     Linear hidden{*this, "hidden", 2, 16}, out{*this, "out", 16, 1};
//     Var operator()(const Var& x) { return out(tanh(hidden(x))); }
//   };
class Module {
 public:
  // Parameters are f32 or f64; throws Error for others.
  explicit Module(Dtype dtype = Dtype::f32);
  Module(Module& parent, const std::string& name);
  // The same, computing in another type than its parent: bf16 with f32 parameters.
  Module(Module& parent, const std::string& name, Dtype compute_dtype);
  virtual ~Module();  // its parent forgets it
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // All parameters of this module and those within it, in the order of registration.
  std::vector<NamedParameter> parameters() const;

  // Gives every parameter that has no value yet its initial one, and all their shadows; the numbers depend on
  // the seed and on the parameter's place among all.
  void initialise(uint64_t seed);

  // Moves the parameters' values to a device, and the root's random numbers. Call it before an optimizer is
  // made, which keeps them where they are.
  void to(Device device);

  // Training or evaluation mode, of this module and all within it. A module begins in training mode; dropout
  // works in no other.
  void train(bool on = true);
  void eval() { train(false); }
  bool training() const { return training_; }
  // The random numbers of dropout for the whole tree of modules: the root's.
  DropoutState& dropout_state();

  // Freezes all parameters of this module and those within it, or lets them learn again; see Parameter.
  void set_requires_grad(bool wanted);
  // Clears the gradients of all parameters, as an optimizer's step does.
  void zero_grad() const;
  Dtype dtype() const { return dtype_; }  // the parameters' type, which is the parent's
  // The activations' type.
  Dtype compute_dtype() const { return compute_dtype_; }

 protected:
  Parameter& add_parameter(const std::string& name, const Shape& shape, Initialiser initialiser,
                           ParameterKind kind);

 private:
  void collect(const std::string& prefix, std::vector<NamedParameter>& out) const;

  Module* parent_ = nullptr;
  std::vector<std::unique_ptr<Parameter>> parameters_;
  std::vector<std::pair<std::string, Module*>> children_;
  std::unique_ptr<DropoutState> dropout_state_;  // made when it is first asked for, in the root
  bool training_ = true;
  Dtype dtype_, compute_dtype_;
};

}  // namespace hone
