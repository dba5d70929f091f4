"""Where the form lies on the page: marks or print to one homography, with the error that is left."""
