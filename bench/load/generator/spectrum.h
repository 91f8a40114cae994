// Sounds by their frequencies, to look for one in another at every place at once.

#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace parley::load {

// The longest sound that has a spectrum; a power of two.
inline constexpr size_t kSpectrumSamples = 8192;

class Spectrum {
 public:
  // REQUIRES: sound.size() <= kSpectrumSamples.
  explicit Spectrum(std::span<const float> sound);

  // The products of `heard` and this summed, where `heard` begins at each sample of this.
  std::vector<double> Products(const Spectrum& heard) const;
  // The same from -1 to 1, where frequencies count alike, however loud they are: so something is
  // found among what is louder, and seldom a pitch period beside.
  std::vector<double> Likeness(const Spectrum& heard) const;

 private:
  using Bins = std::vector<std::complex<double>>;

  Bins bins_;
  // Each as loud as the others, but that what is much fainter than the mean is no sound.
  Bins level_bins_;
};

}  // namespace parley::load
